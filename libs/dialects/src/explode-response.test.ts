import { create } from "@bufbuild/protobuf";
import { ChatResponseSchema, FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { expect, test } from "vitest";
import { collectResponse } from "./collect-response.ts";
import { explodeResponse } from "./explode-response.ts";
import { createStreamEvent } from "./stream-event.ts";
import { findStreamFaults } from "./stream-invariants.ts";

const own = (field: string) => ({ dialect: "openai.chat", field, json: '"x"' });

const response = create(ChatResponseSchema, {
  id: "id",
  model: "m",
  createTime: { seconds: 5n },
  systemFingerprint: "fp",
  serviceTier: "default",
  usage: { inputTokens: 3, outputTokens: 0 },
  usageJson: '{"prompt_tokens":3}',
  extensions: [own("provider")],
  candidates: [
    {
      index: 0,
      parts: [
        {
          kind: { case: "reasoning", value: { text: "r", signature: "s", id: "i", summary: true, signer: "xai" } },
          extensions: [own("#reasoning")],
        },
        { kind: { case: "reasoning", value: { redactedData: "d", signer: "openai" } } },
        { kind: { case: "text", value: { text: "t", citations: [{ url: "u" }] } }, extensions: [own("format")] },
        { kind: { case: "text", value: { signature: "t", signer: "google" } } },
        {
          kind: {
            case: "toolCall",
            value: { id: "c", tool: "f", arguments: "{}", toolKind: 1, signature: "g", signer: "google" },
          },
          extensions: [own("caller")],
        },
        { kind: { case: "image", value: { media: { source: { case: "url", value: "u" } } } }, extensions: [own("x")] },
      ],
      finish: { reason: FinishReason.STOP, raw: "stop", stopSequence: "END" },
      logprobsJson: '{"content":[1]}',
      extensions: [own("native_finish_reason")],
    },
    {
      index: 1,
      parts: [{ kind: { case: "refusal", value: { text: "no" } }, extensions: [own("why")] }],
      finish: { reason: FinishReason.LENGTH, raw: "length" },
      logprobsJson: '{"refusal":[1]}',
      extensions: [{ dialect: "anthropic.messages", field: "stop_details", json: "{}" }],
    },
  ],
});

test("an answer told as a stream is collected to the same", () => {
  const events = explodeResponse(response);
  expect(findStreamFaults(events)).toEqual([]);
  expect(collectResponse(events)).toEqual(response);
});

test("a stream that is broken off gives what came, without a finish", () => {
  const events = explodeResponse(response).slice(0, 5);
  const reason = ErrorReason.UPSTREAM_TRUNCATED;
  const broken = collectResponse([
    ...events,
    createStreamEvent({ case: "error", value: { reason, usage: { inputTokens: 9 } } }),
  ]);
  expect(broken.candidates).toHaveLength(1);
  expect(broken.candidates[0]?.finish).toBeUndefined();
  expect(broken.usage).toMatchObject({ inputTokens: 9 });
});
