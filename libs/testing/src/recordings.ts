import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The wire API a recording was taken from. */
export type RecordingApi =
  | "anthropic.count_tokens"
  | "anthropic.messages"
  | "bedrock.converse"
  | "bedrock.invoke"
  | "cohere.chat"
  | "cohere.embed"
  | "gemini.embed"
  | "gemini.generate"
  | "openai.chat"
  | "openai.completions"
  | "openai.embeddings"
  | "openai.models"
  | "openai.responses";

/** A tool call as read off the raw bytes. `id` is null where the provider gives none, absent for server tools. */
export interface RecordedToolCall {
  readonly id?: string | null;
  readonly name: string;
  readonly arguments: unknown;
}

/** Token counts in the provider's own terms; null = not reported. */
export interface RecordedUsage {
  readonly input: number | null;
  readonly output: number | null;
  readonly total: number | null;
  readonly cache_read: number | null;
  readonly cache_write: number | null;
  readonly reasoning: number | null;
  readonly billed_input?: number | null;
  readonly billed_output?: number | null;
  readonly tool_use_prompt?: number | null;
}

/** What the raw bytes say, in the provider's own terms. Keys are those of the meta file. */
export interface RecordedExpectation {
  readonly text?: string;
  readonly reasoning?: string;
  /** What Cohere's model means to do with its tools. */
  readonly tool_plan?: string;
  readonly refusal?: string | null;
  readonly tool_calls?: readonly RecordedToolCall[];
  readonly server_tool_calls?: readonly RecordedToolCall[];
  readonly custom_tool_calls?: readonly unknown[];
  readonly function_call?: Readonly<Record<string, unknown>>;
  readonly finish_reason?: string | null;
  readonly stop_sequence?: string | null;
  /** A bare number where the API reports one number (Titan embeddings). */
  readonly usage?: RecordedUsage | number | null;
  readonly error?: Readonly<Record<string, unknown>> | null;
  readonly block_types?: readonly string[];
  readonly events?: number;
  readonly event_types?: Readonly<Record<string, number>>;
  readonly chunks?: number;
  readonly choices?: number;
  readonly done_marker?: boolean;
  readonly signatures?: number;
  readonly redacted_blocks?: number;
  readonly citations?: number;
  readonly annotations?: number;
  readonly logprob_tokens?: number;
  readonly vectors?: number;
  readonly dimensions?: readonly number[];
  readonly first?: readonly unknown[];
  readonly encoding?: string;
  readonly model?: string;
  readonly models?: readonly string[];
  readonly non_ascii?: boolean;
  readonly [other: string]: unknown;
}

/** What an OpenAI-shaped chat reply made of the recording should say. null = not reported. */
export interface ExpectationAsOpenaiChat {
  readonly finish_reason?: string | null;
  readonly usage?: {
    readonly prompt_tokens: number | null;
    readonly completion_tokens: number | null;
    readonly cached_tokens: number | null;
    readonly reasoning_tokens: number | null;
  } | null;
  readonly [other: string]: unknown;
}

/** One recorded response of a real provider. */
export interface Recording {
  readonly id: string;
  readonly provider: string;
  readonly api: RecordingApi;
  readonly stream: boolean;
  readonly status: number;
  readonly contentType: string;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** Where it was served; undefined where that was not recorded. */
  readonly endpoint: { readonly method: string; readonly host: string; readonly path: string } | undefined;
  /** Absent where the request was not recorded. */
  readonly model: string | undefined;
  readonly features: readonly string[];
  readonly provenance: string;
  readonly notes: string | undefined;
  /** Absent where the request was not recorded or had no JSON body. */
  readonly request: Readonly<Record<string, unknown>> | undefined;
  readonly expect: RecordedExpectation;
  /** Absent where the answer has no OpenAI chat form (embeddings, most errors). */
  readonly expectAsOpenaiChat: ExpectationAsOpenaiChat | undefined;
  /** Path of the body below the recordings directory. */
  readonly file: string;
}

export interface RecordingFilter {
  readonly provider?: string;
  readonly api?: RecordingApi;
  readonly stream?: boolean;
  /** Only 2xx answers (true) or only errors (false); both when absent. */
  readonly ok?: boolean;
}

interface IndexRow {
  readonly id: string;
  readonly provider: string;
  readonly api: RecordingApi;
  readonly stream: boolean;
  readonly status: number;
  readonly file: string;
}

interface MetaFile {
  readonly content_type: string;
  readonly response_headers: Readonly<Record<string, string>>;
  readonly endpoint: { readonly method: string; readonly host: string | null; readonly path: string | null };
  readonly model: string | null;
  readonly features: readonly string[];
  readonly provenance: string;
  readonly notes: string | null;
  readonly files: readonly string[];
  readonly request: unknown;
  readonly expect: RecordedExpectation;
  readonly expect_as_openai_chat?: ExpectationAsOpenaiChat | null;
}

/** The recordings directory: SLUICE_RECORDED_DIR, else a folder beside the repository. It may not exist. */
export function recordingsDirectory(): string {
  return process.env["SLUICE_RECORDED_DIR"] ?? join(import.meta.dirname, "../../../../shared/recorded");
}

let saidSkipped = false;

/**
 * Whether recordings can be read. Prints `skipped: no recordings` once per process where they cannot, so that a
 * `describe.skipIf(!recordingsAvailable())` is never silent.
 */
export function recordingsAvailable(directory = recordingsDirectory()): boolean {
  const available = existsSync(join(directory, "index.json"));
  if (!available && !saidSkipped) {
    saidSkipped = true;
    console.log("skipped: no recordings");
  }
  return available;
}

const cache = new Map<string, readonly Recording[]>();

/** The recordings that match, in index order. Empty where there is no recordings directory. */
export function listRecordings(filter: RecordingFilter = {}, directory = recordingsDirectory()): readonly Recording[] {
  if (!recordingsAvailable(directory)) {
    return [];
  }
  let all = cache.get(directory);
  if (all === undefined) {
    const rows = readJson(join(directory, "index.json")) as readonly IndexRow[];
    all = rows.map((row) => readMeta(directory, row));
    cache.set(directory, all);
  }
  return all.filter(
    (recording) =>
      (filter.provider === undefined || recording.provider === filter.provider) &&
      (filter.api === undefined || recording.api === filter.api) &&
      (filter.stream === undefined || recording.stream === filter.stream) &&
      (filter.ok === undefined || (recording.status >= 200 && recording.status < 300) === filter.ok),
  );
}

/** The recording with this id, or undefined. */
export function findRecording(id: string, directory = recordingsDirectory()): Recording | undefined {
  return listRecordings({}, directory).find((recording) => recording.id === id);
}

/**
 * The exact body bytes of a recording, as the provider sent them. Binary event streams are decoded from their base64
 * file. Throws if there is no such recording.
 */
export function readRecording(id: string, directory = recordingsDirectory()): Buffer {
  const recording = findRecording(id, directory);
  if (recording === undefined) {
    throw new Error(`no recording ${id} in ${directory}: ids are listed in its index.json`);
  }
  if (recording.contentType === "application/vnd.amazon.eventstream") {
    const path = join(directory, recording.file.replace(/\.json$/, ".eventstream.b64"));
    return Buffer.from(readFileSync(path, "latin1"), "base64");
  }
  return readFileSync(join(directory, recording.file));
}

function readMeta(directory: string, row: IndexRow): Recording {
  const meta = readJson(join(directory, row.file.replace(/\.(json|sse)$/, ".meta.json"))) as MetaFile;
  const { method, host, path } = meta.endpoint;
  return {
    id: row.id,
    provider: row.provider,
    api: row.api,
    stream: row.stream,
    status: row.status,
    contentType: meta.content_type,
    responseHeaders: meta.response_headers,
    endpoint: host === null || path === null ? undefined : { method, host, path },
    model: meta.model ?? undefined,
    features: meta.features,
    provenance: meta.provenance,
    notes: meta.notes ?? undefined,
    request: isObject(meta.request) ? meta.request : undefined,
    expect: meta.expect,
    expectAsOpenaiChat: meta.expect_as_openai_chat ?? undefined,
    file: row.file,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
