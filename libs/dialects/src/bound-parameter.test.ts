import { create } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { expect, test } from "vitest";
import { refuseBoundParameter } from "./bound-parameter.ts";

function request(dialect: string, field: string, value: unknown) {
  return create(ChatRequestSchema, { model: "chat", extensions: [{ dialect, field, json: JSON.stringify(value) }] });
}

test.each([
  ["previous_response_id", "resp_1", "previous_response_id"],
  ["conversation", "conv_1", "conversation"],
  ["prompt", { id: "pmpt_1" }, "prompt"],
  ["background", true, "background"],
  ["#item_reference", "input[2]", "input[2]"],
])("%s binds a request to its own dialect", (field, value, parameter) => {
  const refused = refuseBoundParameter(request("openai.responses", field, value), "anthropic.messages");
  if (refused?.kind !== "refused") throw new Error("not refused");
  expect(refused.problem.parameter).toBe(parameter);
  expect(refused.problem.message).toMatch(new RegExp(`^${parameter.replace(/[[\]]/g, "\\$&")}: `));
});

test("documents beside a conversation bind it to Cohere", () => {
  const refused = refuseBoundParameter(request("cohere.chat", "documents", ["text"]), "openai.chat");
  expect(refused).toMatchObject({ kind: "refused", problem: { parameter: "documents" } });
  expect(refuseBoundParameter(request("cohere.chat", "documents", ["text"]), "cohere.chat")).toBeUndefined();
});

test("other fields do not, nor a field of that name in another dialect", () => {
  expect(refuseBoundParameter(request("openai.responses", "truncation", "auto"), "openai.chat")).toBeUndefined();
  expect(refuseBoundParameter(request("openai.chat", "prompt", "x"), "anthropic.messages")).toBeUndefined();
});
