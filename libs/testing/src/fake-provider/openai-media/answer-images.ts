import { crc32, deflateSync } from "node:zlib";
import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import { isObject, type JsonObject } from "../json.ts";
import { unknownOpenaiModel } from "../openai-endpoints.ts";
import { invalidType, missing, unknownParameter } from "../openai-invalid.ts";
import { checkParameter, type OpenaiParameter } from "../openai-parameter.ts";
import { countTokens } from "../token-count.ts";
import { isMediaModel } from "./media-models.ts";
import { parametersOfForm } from "./parameters-of-form.ts";

/** Parameters of POST /v1/images/generations and, besides the images, of /v1/images/edits (openai package 7.57.0). */
const PARAMETERS: Readonly<Record<string, OpenaiParameter>> = {
  prompt: { kind: "string" },
  model: { kind: "string" },
  background: { kind: "string", values: ["transparent", "opaque", "auto"] },
  input_fidelity: { kind: "string", values: ["high", "low"] },
  moderation: { kind: "string", values: ["low", "auto"] },
  n: { kind: "integer", min: 1, max: 10 },
  output_compression: { kind: "integer", min: 0, max: 100 },
  output_format: { kind: "string", values: ["png", "webp", "jpeg", "gif", "svg"] },
  partial_images: { kind: "integer", min: 0, max: 3 },
  quality: { kind: "string", values: ["low", "medium", "high", "xhigh", "max", "auto", "standard", "hd"] },
  response_format: { kind: "string", values: ["url", "b64_json"] },
  safety_identifier: { kind: "string" },
  size: { kind: "string" },
  stream: { kind: "boolean", values: ["false"] },
  style: { kind: "string", values: ["vivid", "natural"] },
  user: { kind: "string" },
};

/** Tokens that each image is said to be, in and out. */
export const TOKENS_PER_IMAGE = 100;

/** The answer to POST /v1/images/generations. Streams of partial images are not spoken. */
export function generateImages(exchange: Exchange): Answer | ApiError {
  const body = exchange.received.json;
  return isObject(body) ? answer(exchange, body, 0) : invalidType("body", "an object", body);
}

/** The answer to POST /v1/images/edits, a multipart form with `image` or `image[]`. */
export function editImages(exchange: Exchange): Answer | ApiError {
  const { form } = exchange.received;
  const images = form?.files.get("image")?.length ?? 0;
  return form === undefined || images === 0 ? missing("image") : answer(exchange, parametersOfForm(form), images);
}

function answer(exchange: Exchange, body: JsonObject, images: number): Answer | ApiError {
  const refused = check(exchange, body);
  if (refused !== undefined) {
    return refused;
  }
  const { headers, surroundings } = exchange;
  const model = String(body["model"] ?? "gpt-image-1");
  const count = Number(body["n"] ?? 1);
  const byUrl = model.startsWith("dall-e") && body["response_format"] !== "b64_json";
  const data = Array.from({ length: count }, (_, at) =>
    byUrl
      ? { url: `https://images.invalid/${exchange.ids.requestId}/${at}.png`, revised_prompt: body["prompt"] }
      : { b64_json: onePixel(at).toString("base64") },
  );
  const created = Math.floor(surroundings.nowMs() / 1000);
  if (model.startsWith("dall-e")) {
    return jsonAnswer(200, { created, data }, headers);
  }
  const textTokens = countTokens(String(body["prompt"]));
  const inputTokens = textTokens + images * TOKENS_PER_IMAGE;
  const outputTokens = count * TOKENS_PER_IMAGE;
  const usage = {
    input_tokens: inputTokens,
    input_tokens_details: { text_tokens: textTokens, image_tokens: images * TOKENS_PER_IMAGE },
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  return jsonAnswer(200, { created, data, usage }, headers, { inputTokens, outputTokens });
}

function check(exchange: Exchange, body: JsonObject): ApiError | undefined {
  for (const [name, value] of Object.entries(body)) {
    const parameter = PARAMETERS[name];
    const error = parameter === undefined ? unknownParameter(name) : checkParameter(name, value, parameter);
    if (error !== undefined) {
      return error;
    }
  }
  if (typeof body["prompt"] !== "string" || body["prompt"] === "") {
    return missing("prompt");
  }
  const model = String(body["model"] ?? "gpt-image-1");
  if (!isMediaModel("images", model, exchange.surroundings)) {
    return unknownOpenaiModel(model);
  }
  return model.startsWith("gpt-image") && body["response_format"] !== undefined
    ? unknownParameter("response_format")
    : undefined;
}

/** A PNG of one pixel, another grey for each image of an answer. */
function onePixel(index: number): Buffer {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.from([0, index * 16]));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length, 0);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(named), 0);
  return Buffer.concat([length, named, crc]);
}
