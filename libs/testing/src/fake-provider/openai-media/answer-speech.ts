import type { Answer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import { isObject, type JsonObject } from "../json.ts";
import { unknownOpenaiModel } from "../openai-endpoints.ts";
import { invalid, invalidType, missing, unknownParameter } from "../openai-invalid.ts";
import { checkParameter, type OpenaiParameter } from "../openai-parameter.ts";
import { isMediaModel } from "./media-models.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  opus: "audio/opus",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

/** Parameters of POST /v1/audio/speech (openai package 7.57.0, seen 2026-11-22). */
const PARAMETERS: Readonly<Record<string, OpenaiParameter>> = {
  model: { kind: "string" },
  input: { kind: "string" },
  voice: { kind: "any" },
  instructions: { kind: "string" },
  response_format: { kind: "string", values: Object.keys(CONTENT_TYPES) },
  speed: { kind: "decimal", min: 0.25, max: 4 },
  stream_format: { kind: "string", values: ["audio"] },
};

/** Samples a second, of 16 bits; each character of the input is as long as BYTES_PER_CHARACTER. */
const SAMPLE_RATE = 24_000;
const BYTES_PER_CHARACTER = 480;
const CHUNK_BYTES = 4096;

/** The answer to POST /v1/audio/speech: bytes in chunks. WAV is a file of silence, other formats are no sound. */
export function speak(exchange: Exchange): Answer | ApiError {
  const body = exchange.received.json;
  if (!isObject(body)) {
    return invalidType("body", "an object", body);
  }
  const refused = check(exchange, body);
  if (refused !== undefined) {
    return refused;
  }
  const format = String(body["response_format"] ?? "mp3");
  const length = String(body["input"]).length * BYTES_PER_CHARACTER;
  const bytes = format === "wav" ? wave(length) : Buffer.alloc(length, format);
  return {
    status: 200,
    headers: { ...exchange.headers, "content-type": CONTENT_TYPES[format] ?? "application/octet-stream" },
    body: { kind: "events", events: chunksOf(bytes) },
  };
}

function check(exchange: Exchange, body: JsonObject): ApiError | undefined {
  for (const [name, value] of Object.entries(body)) {
    const parameter = PARAMETERS[name];
    const error = parameter === undefined ? unknownParameter(name) : checkParameter(name, value, parameter);
    if (error !== undefined) {
      return error;
    }
  }
  const lacking = ["model", "input", "voice"].find((name) => body[name] === undefined || body[name] === null);
  if (lacking !== undefined) {
    return missing(lacking);
  }
  const input = String(body["input"]);
  if (input.length > 4096) {
    const message = `Invalid 'input': string too long. Expected a string with maximum length 4096, but got a string with length ${input.length} instead.`;
    return invalid(message, "input", "string_above_max_length");
  }
  const model = String(body["model"]);
  return isMediaModel("speech", model, exchange.surroundings) ? undefined : unknownOpenaiModel(model);
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield bytes.subarray(at, at + CHUNK_BYTES);
  }
}

/** A RIFF file of so many bytes of silence. */
function wave(length: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(length, 40);
  return Buffer.concat([header, Buffer.alloc(length)]);
}
