/** The requests that are measured, and what the mock upstream answers. All sizes are bytes. */
export type BodyName = "1k" | "10k" | "stream";

export interface Body {
  readonly name: string;
  readonly title: string;
  readonly streams: boolean;
  readonly connections: number;
  readonly bytes: Buffer;
}

/** What the mock streams: this many chunks of about `chunkBytes`, one each `chunkIntervalMs`. */
export const chunkCount = 50;
export const chunkBytes = 300;
export const chunkIntervalMs = 5;

const replyBytes = 1_558;
const model = "openai/gpt-4o-mini";

const prose =
  "The harbour master counts the boats twice a day, once when the fog lifts and once before the lamps are lit. " +
  "He writes the number in a green book, and beside it the names of those that have not come back. " +
  "On quiet evenings he reads the list aloud, so that the gulls may know whom to look for. ";

export const bodies: readonly (Body & { readonly name: BodyName })[] = [
  {
    name: "1k",
    title: "Unary, 1k (929 B in, 1 558 B out)",
    streams: false,
    connections: 32,
    bytes: requestOf(3, 929, {}),
  },
  {
    name: "10k",
    title: "Unary, 10k (10 500 B in, 1 558 B out)",
    streams: false,
    connections: 32,
    bytes: requestOf(10, 10_500, {}),
  },
  {
    name: "stream",
    streams: true,
    title: `Stream (${chunkCount} chunks of about ${chunkBytes} B, one each ${chunkIntervalMs} ms)`,
    connections: 64,
    bytes: requestOf(3, 929, { stream: true, stream_options: { include_usage: true } }),
  },
];

/** A chat completion of exactly `replyBytes`, as OpenAI answers. */
export function unaryReply(): Buffer {
  return fill(replyBytes, (text) => ({
    id: "chatcmpl-BfQk3mVx0Yb7sT2uLr9cWnEoPzAaD",
    object: "chat.completion",
    created: 1_795_000_000,
    model: "gpt-4o-mini-2024-07-18",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage,
    service_tier: "default",
    system_fingerprint: "fp_560af6e559",
  }));
}

/** The events of a stream, the last with usage; `[DONE]` comes after them. */
export function streamReply(): readonly Buffer[] {
  return Array.from({ length: chunkCount }, (_, index) => {
    const last = index === chunkCount - 1;
    const finish = index === chunkCount - 2;
    const choice = { index: 0, logprobs: null, finish_reason: finish ? "stop" : null };
    const event = (text: string) => ({
      id: "chatcmpl-BfQk3mVx0Yb7sT2uLr9cWnEoPzAaD",
      object: "chat.completion.chunk",
      created: 1_795_000_000,
      model: "gpt-4o-mini-2024-07-18",
      system_fingerprint: "fp_560af6e559",
      choices: last ? [] : [{ ...choice, delta: finish ? {} : { content: text } }],
      usage: last ? usage : null,
    });
    const json = last || finish ? Buffer.from(JSON.stringify(event(""))) : fill(chunkBytes - 8, event);
    return Buffer.from(`data: ${json}\n\n`);
  });
}

const usage = {
  prompt_tokens: 187,
  completion_tokens: 211,
  total_tokens: 398,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

/** A request of exactly `byteLength`; both OpenAI Chat and Anthropic Messages read it as the same. */
export function requestOf(messages: number, byteLength: number, more: object): Buffer {
  return fill(byteLength, (text) => {
    const share = Math.ceil(text.length / messages);
    return {
      model,
      messages: Array.from({ length: messages }, (_, index) => ({
        role: index === 0 ? "system" : index % 2 === 1 ? "user" : "assistant",
        content: text.slice(index * share, (index + 1) * share),
      })),
      temperature: 0.2,
      max_tokens: 256,
      ...more,
    };
  });
}

/** JSON of exactly `byteLength`, filled up with prose. */
export function fill(byteLength: number, make: (text: string) => unknown): Buffer {
  const empty = Buffer.byteLength(JSON.stringify(make("")));
  const wanted = Math.max(0, byteLength - empty);
  const text = prose.repeat(Math.ceil(wanted / prose.length)).slice(0, wanted);
  const bytes = Buffer.from(JSON.stringify(make(text)));
  if (bytes.length !== byteLength) throw new Error(`made ${bytes.length} bytes, expected ${byteLength}`);
  return bytes;
}
