import { chunkBytes, chunkCount, fill } from "../hot-path/bodies.ts";

const replyBytes = 1_400;
const usage = { input_tokens: 187, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 211 };

/** A message of Anthropic's with as much text as the mock's chat completion. */
export function anthropicReply(): Buffer {
  return fill(replyBytes, (text) => ({
    id: "msg_01BfQk3mVx0Yb7sT2uLr9cWn",
    type: "message",
    role: "assistant",
    model: "claude-haiku-4-5-20251001",
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage,
  }));
}

/** The events of a message of Anthropic's: as many deltas, and of the same text, as the mock's chat completion has chunks. */
export function anthropicStreamReply(): readonly Buffer[] {
  const event = (name: string, data: object) =>
    Buffer.from(`event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`);
  const message = {
    id: "msg_01BfQk3mVx0Yb7sT2uLr9cWn",
    type: "message",
    role: "assistant",
    model: "claude-haiku-4-5-20251001",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  };
  const delta = (text: string) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
  const begin = Buffer.concat([
    event("message_start", { message }),
    event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  ]);
  const end = Buffer.concat([
    event("content_block_stop", { index: 0 }),
    event("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage }),
    event("message_stop", {}),
  ]);
  // A chunk of a chat completion of 300 bytes holds about 90 of text.
  const textBytes = 90;
  const overhead = Buffer.byteLength(JSON.stringify(delta("")));
  const deltas = Array.from({ length: chunkCount - 2 }, () =>
    Buffer.concat([
      Buffer.from("event: content_block_delta\ndata: "),
      fill(Math.min(chunkBytes, overhead + textBytes), delta),
      Buffer.from("\n\n"),
    ]),
  );
  return [begin, ...deltas, end];
}
