import { type Answer, jsonAnswer, streamAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import type { JsonObject } from "../json.ts";
import { unknownOpenaiModel } from "../openai-endpoints.ts";
import { invalid, missing, unknownParameter } from "../openai-invalid.ts";
import { checkParameter, type OpenaiParameter } from "../openai-parameter.ts";
import type { ReportedUsage } from "../request-log.ts";
import { splitText } from "../split-text.ts";
import { countTokens } from "../token-count.ts";
import { isMediaModel } from "./media-models.ts";
import { parametersOfForm } from "./parameters-of-form.ts";

/** Parameters of POST /v1/audio/transcriptions besides the file (openai package 7.57.0, seen 2026-11-22). */
const PARAMETERS: Readonly<Record<string, OpenaiParameter>> = {
  model: { kind: "string" },
  language: { kind: "string" },
  languages: { kind: "any" },
  prompt: { kind: "string" },
  keywords: { kind: "any" },
  response_format: {
    kind: "string",
    values: ["json", "text", "srt", "verbose_json", "vtt", "diarized_json"],
  },
  temperature: { kind: "decimal", min: 0, max: 1 },
  timestamp_granularities: { kind: "any" },
  include: { kind: "any" },
  chunking_strategy: { kind: "any" },
  known_speaker_names: { kind: "any" },
  known_speaker_references: { kind: "any" },
  stream: { kind: "boolean" },
};

/** Bytes that are said to be a second of sound, and what a second costs. */
export const BYTES_PER_SECOND = 16_000;
export const TOKENS_PER_SECOND = 10;

/** The answer to POST /v1/audio/transcriptions and /translations: it says the file's name and size. */
export function transcribe(exchange: Exchange): Answer | ApiError {
  const { form } = exchange.received;
  const file = form?.files.get("file")?.[0];
  if (form === undefined || file === undefined) {
    return missing("file");
  }
  const body = parametersOfForm(form);
  const refused = check(exchange, body);
  if (refused !== undefined) {
    return refused;
  }
  if (file.bytes.length === 0) {
    return invalid("Audio file is too short. Minimum audio length is 0.1 seconds.", "file", "audio_too_short");
  }
  const text = exchange.plan.reply?.text ?? `${file.filename} of ${file.bytes.length} bytes`;
  const seconds = Math.max(1, Math.ceil(file.bytes.length / BYTES_PER_SECOND));
  return String(body["model"]) === "whisper-1"
    ? answerWhisper(exchange, body, text, seconds)
    : answerModel(exchange, body, text, seconds);
}

function check(exchange: Exchange, body: JsonObject): ApiError | undefined {
  for (const [name, value] of Object.entries(body)) {
    const parameter = PARAMETERS[name];
    const error = parameter === undefined ? unknownParameter(name) : checkParameter(name, value, parameter);
    if (error !== undefined) {
      return error;
    }
  }
  const model = String(body["model"] ?? "");
  if (model === "") {
    return missing("model");
  }
  if (!isMediaModel("transcription", model, exchange.surroundings)) {
    return unknownOpenaiModel(model);
  }
  const format = String(body["response_format"] ?? "json");
  return model.startsWith("gpt-") && ["srt", "vtt", "verbose_json"].includes(format)
    ? invalid(
        `response_format '${format}' is not compatible with model '${model}'. Use 'json' or 'text' instead.`,
        "response_format",
        "unsupported_value",
      )
    : undefined;
}

function answerWhisper(exchange: Exchange, body: JsonObject, text: string, seconds: number): Answer {
  const usage = { type: "duration", seconds };
  const end = `00:00:${String(Math.min(59, seconds)).padStart(2, "0")}`;
  switch (body["response_format"]) {
    case "text":
      return plainAnswer(exchange, `${text}\n`);
    case "srt":
      return plainAnswer(exchange, `1\n00:00:00,000 --> ${end},000\n${text}\n\n`);
    case "vtt":
      return plainAnswer(exchange, `WEBVTT\n\n00:00.000 --> ${end.slice(3)}.000\n${text}\n\n`);
    case "verbose_json": {
      const segment = { id: 0, seek: 0, start: 0, end: seconds, text, tokens: [], temperature: 0 };
      const quality = { avg_logprob: -0.1, compression_ratio: 1, no_speech_prob: 0 };
      const language = body["language"] ?? "english";
      const whole = { task: "transcribe", language, duration: seconds, text, segments: [{ ...segment, ...quality }] };
      return jsonAnswer(200, { ...whole, usage }, exchange.headers);
    }
    default:
      return jsonAnswer(200, { text, usage }, exchange.headers);
  }
}

function answerModel(exchange: Exchange, body: JsonObject, text: string, seconds: number): Answer {
  const audioTokens = seconds * TOKENS_PER_SECOND;
  const textTokens = countTokens(String(body["prompt"] ?? ""));
  const reported: ReportedUsage = { inputTokens: audioTokens + textTokens, outputTokens: countTokens(text) };
  const usage = {
    type: "tokens",
    input_tokens: reported.inputTokens,
    input_token_details: { audio_tokens: audioTokens, text_tokens: textTokens },
    output_tokens: reported.outputTokens,
    total_tokens: reported.inputTokens + reported.outputTokens,
  };
  if (body["stream"] === true) {
    return streamAnswer(transcriptEvents(text, usage), exchange.headers, reported);
  }
  return body["response_format"] === "text"
    ? plainAnswer(exchange, `${text}\n`)
    : jsonAnswer(200, { text, usage }, exchange.headers, reported);
}

function* transcriptEvents(text: string, usage: JsonObject): Generator<string> {
  for (const delta of splitText(text, 4)) {
    yield `event: transcript.text.delta\ndata: ${JSON.stringify({ type: "transcript.text.delta", delta })}\n\n`;
  }
  yield `event: transcript.text.done\ndata: ${JSON.stringify({ type: "transcript.text.done", text, usage })}\n\n`;
}

function plainAnswer(exchange: Exchange, text: string): Answer {
  return {
    status: 200,
    headers: { ...exchange.headers, "content-type": "text/plain; charset=utf-8" },
    body: { kind: "whole", bytes: text },
  };
}
