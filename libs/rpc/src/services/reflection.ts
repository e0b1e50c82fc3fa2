import { create, type DescFile, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import * as v1 from "@sluice/api/grpc/reflection/v1/reflection";
import * as v1alpha from "@sluice/api/grpc/reflection/v1alpha/reflection";
import { implement, type RpcRegistration } from "../registration.ts";
import { createDescriptorIndex, type DescriptorIndex } from "./descriptor-index.ts";

/** gRPC server reflection, v1 and v1alpha, of `services` and of itself. */
export function createReflectionServices(services: readonly RpcRegistration[]): readonly RpcRegistration[] {
  const index = createDescriptorIndex([
    ...services.map(({ service }) => service),
    v1.ServerReflection,
    v1alpha.ServerReflection,
  ]);
  return [
    implement(v1.ServerReflection, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) yield answer(index, request);
      },
    }),
    implement(v1alpha.ServerReflection, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) yield asAlpha(answer(index, fromAlpha(request)));
      },
    }),
  ];
}

/** The versions differ in nothing but their package: one's bytes are the other's. */
function fromAlpha(request: v1alpha.ServerReflectionRequest): v1.ServerReflectionRequest {
  return fromBinary(v1.ServerReflectionRequestSchema, toBinary(v1alpha.ServerReflectionRequestSchema, request));
}

function asAlpha(response: v1.ServerReflectionResponse): v1alpha.ServerReflectionResponse {
  return fromBinary(v1alpha.ServerReflectionResponseSchema, toBinary(v1.ServerReflectionResponseSchema, response));
}

function answer(index: DescriptorIndex, request: v1.ServerReflectionRequest): v1.ServerReflectionResponse {
  return create(v1.ServerReflectionResponseSchema, {
    validHost: request.host,
    originalRequest: request,
    messageResponse: find(index, request.messageRequest),
  });
}

function find(index: DescriptorIndex, request: v1.ServerReflectionRequest["messageRequest"]) {
  switch (request.case) {
    case "listServices":
      return listOf(index.services);
    case "fileByFilename":
      return fileOf(index.fileByName(request.value), `file ${request.value}`);
    case "fileContainingSymbol":
      return fileOf(index.fileBySymbol(request.value), `symbol ${request.value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = request.value;
      return fileOf(
        index.fileByExtension(containingType, extensionNumber),
        `extension ${extensionNumber} of ${containingType}`,
      );
    }
    case "allExtensionNumbersOfType":
      return numbersOf(request.value, index.extensionNumbers(request.value));
    default:
      return failure(Code.InvalidArgument, "request asks for nothing");
  }
}

function listOf(names: readonly string[]) {
  return { case: "listServicesResponse" as const, value: { service: names.map((name) => ({ name })) } };
}

function numbersOf(baseTypeName: string, numbers: readonly number[] | undefined) {
  if (numbers === undefined) return failure(Code.NotFound, `no message ${baseTypeName} here`);
  return {
    case: "allExtensionNumbersResponse" as const,
    value: { baseTypeName, extensionNumber: [...numbers] },
  };
}

/** A file and everything it imports, so that one answer is enough to use it. */
function fileOf(file: DescFile | undefined, what: string) {
  if (file === undefined) return failure(Code.NotFound, `no ${what} here`);
  const files = new Set<DescFile>();
  const add = (one: DescFile): void => {
    if (files.has(one)) return;
    files.add(one);
    one.dependencies.forEach(add);
  };
  add(file);
  const fileDescriptorProto = [...files].map((one) => toBinary(FileDescriptorProtoSchema, one.proto));
  return { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto } };
}

function failure(code: Code, errorMessage: string) {
  return { case: "errorResponse" as const, value: { errorCode: code, errorMessage } };
}
