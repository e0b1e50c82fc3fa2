import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

// protovalidate's npm package carries its descriptor but not its .proto, which buf needs to resolve our imports. This prints the .proto
// from the descriptor. Options on its own fields (the predefined rules' CEL) are left out: the runtime reads them from the package.

const scalarNames: Partial<Record<Type, string>> = {
  [Type.DOUBLE]: "double",
  [Type.FLOAT]: "float",
  [Type.INT64]: "int64",
  [Type.UINT64]: "uint64",
  [Type.INT32]: "int32",
  [Type.FIXED64]: "fixed64",
  [Type.FIXED32]: "fixed32",
  [Type.BOOL]: "bool",
  [Type.STRING]: "string",
  [Type.BYTES]: "bytes",
  [Type.UINT32]: "uint32",
  [Type.SFIXED32]: "sfixed32",
  [Type.SFIXED64]: "sfixed64",
  [Type.SINT32]: "sint32",
  [Type.SINT64]: "sint64",
};

function fieldLine(field: FieldDescriptorProto, inOneof: boolean): string {
  const label = inOneof
    ? ""
    : field.label === Label.REPEATED
      ? "repeated "
      : field.label === Label.REQUIRED
        ? "required "
        : "optional ";
  return `${label}${scalarNames[field.type] ?? field.typeName} ${field.name} = ${field.number};`;
}

function enumLines(desc: EnumDescriptorProto): string[] {
  return [`enum ${desc.name} {`, ...desc.value.map((value) => `${value.name} = ${value.number};`), "}"];
}

function extensionLines(extensions: readonly FieldDescriptorProto[]): string[] {
  return extensions.flatMap((field) => [`extend ${field.extendee} {`, fieldLine(field, false), "}"]);
}

function messageLines(desc: DescriptorProto): string[] {
  const plain = desc.field
    .filter((field) => field.oneofIndex === undefined || !hasOneof(field))
    .map((field) => fieldLine(field, false));
  const oneofs = desc.oneofDecl.flatMap((oneof, index) => [
    `oneof ${oneof.name} {`,
    ...desc.field
      .filter((field) => hasOneof(field) && field.oneofIndex === index)
      .map((field) => fieldLine(field, true)),
    "}",
  ]);
  const ranges = desc.extensionRange.map(
    (range) => `extensions ${range.start} to ${range.end > 2 ** 29 ? "max" : range.end - 1};`,
  );
  return [
    `message ${desc.name} {`,
    ...desc.enumType.flatMap(enumLines),
    ...desc.nestedType.flatMap(messageLines),
    ...plain,
    ...oneofs,
    ...ranges,
    ...extensionLines(desc.extension),
    "}",
  ];
}

function hasOneof(field: FieldDescriptorProto): boolean {
  return Object.hasOwn(field, "oneofIndex");
}

/** Prints `buf/validate/validate.proto` below `directory`. */
export function printValidateProto(directory: string): void {
  const desc = file_buf_validate_validate.proto;
  const text = [
    'syntax = "proto2";',
    `package ${desc.package};`,
    ...desc.dependency.map((path) => `import "${path}";`),
    ...desc.enumType.flatMap(enumLines),
    ...desc.messageType.flatMap(messageLines),
    ...extensionLines(desc.extension),
    "",
  ].join("\n");
  const path = join(directory, desc.name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
