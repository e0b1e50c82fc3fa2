import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { dialects, type RequestFacts, spliceJson } from "@sluice/dialects";
import type { ForwardPayload } from "../flow/gateway-request.ts";
import type { RequestFlow } from "../flow/request-flow.ts";
import { refuse } from "../refusal.ts";
import type { Endpoint, ReadOutcome, RequestHead } from "./endpoint.ts";
import type { ForwardPath } from "./forward-paths.ts";
import { parseJsonBody } from "./parse-json-body.ts";

/** Which provider is meant where no model is named and the caller does not say. */
const defaultProvider = "openai";

/** An endpoint whose requests and answers are passed on as they are, but for the model's name. */
export function createForwardEndpoint(forward: ForwardPath, path: string, flow: RequestFlow): Endpoint {
  return {
    method: forward.method,
    route: `/v1${forward.path}`,
    dialect: dialects["openai.chat"],
    streamForm: "sse",
    flow,
    keyInQuery: false,
    async read(bytes, head) {
      const form = await readForm(bytes, head);
      if (form.kind === "refused") return form;
      const model = form.model;
      if (model === undefined && forward.model === "required") {
        return refused("model is missing, expected the name of a model or route", "model");
      }
      const named = forward.model === "none" ? undefined : model;
      const provider = named === undefined ? (head.header("x-sluice-provider") ?? defaultProvider) : "";
      if (named === undefined && !/^[a-z0-9][a-z0-9_.-]{0,62}$/.test(provider)) {
        return refused("x-sluice-provider is no name of a provider", "");
      }
      const payload: ForwardPayload = {
        kind: "forward",
        path,
        method: forward.method,
        query: head.query.toString(),
        provider,
        free: forward.free,
        bodyFor: form.bodyFor,
      };
      const name = named ?? `${provider}/${path.slice(1).split("/")[0]}`;
      return { kind: "read", request: { facts: factsOf(name), payload } };
    },
  };
}

/** Nothing of it is counted in tokens before it is answered. */
function factsOf(model: string): RequestFacts {
  return {
    model,
    stream: false,
    maxOutputTokens: 0,
    candidateCount: 1,
    inputTokensAtMost: 0,
    inputModalities: ["text"],
    hasTools: false,
    endUser: undefined,
  };
}

type Form =
  | {
      readonly kind: "read";
      readonly model: string | undefined;
      /** The body with another name of the model, or as it came. */
      readonly bodyFor: ForwardPayload["bodyFor"];
    }
  | Extract<ReadOutcome, { kind: "refused" }>;

async function readForm(bytes: Buffer, { header }: RequestHead): Promise<Form> {
  const contentType = header("content-type") ?? "";
  if (/^multipart\/form-data/i.test(contentType)) return readMultipart(bytes, contentType);
  if (bytes.length === 0) return { kind: "read", model: undefined, bodyFor: async () => ({ contentType: "", bytes }) };
  const parsed = parseJsonBody(bytes);
  if (parsed.kind === "refused") return parsed;
  const model = parsed.json["model"];
  if (model !== undefined && (typeof model !== "string" || model === "")) {
    return refused("model is not a text, expected the name of a model or route", "model");
  }
  return {
    kind: "read",
    model,
    bodyFor: async (upstreamModel) => ({
      contentType: "application/json",
      bytes: upstreamModel === undefined ? bytes : spliceJson(bytes, { model: JSON.stringify(upstreamModel) }),
    }),
  };
}

async function readMultipart(bytes: Buffer, contentType: string): Promise<Form> {
  const decode = () => new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } }).formData();
  let model: string | File | null;
  try {
    model = (await decode()).get("model");
  } catch {
    return refused(
      "the body is not the form that its content-type says, expected multipart/form-data with its boundary",
      "",
    );
  }
  if (model !== null && typeof model !== "string") return refused("model is a file, expected a name", "model");
  return {
    kind: "read",
    model: model === null || model === "" ? undefined : model,
    async bodyFor(upstreamModel) {
      if (upstreamModel === undefined) return { contentType, bytes };
      const form = await decode();
      form.set("model", upstreamModel);
      const encoded = new Response(form);
      return {
        contentType: encoded.headers.get("content-type") ?? "",
        bytes: new Uint8Array(await encoded.arrayBuffer()),
      };
    },
  };
}

function refused(message: string, parameter: string): Extract<ReadOutcome, { kind: "refused" }> {
  return { kind: "refused", refusal: refuse(ErrorReason.INVALID_REQUEST, message, { parameter }) };
}
