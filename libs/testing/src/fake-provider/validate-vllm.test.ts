import { describe, expect, it } from "vitest";
import { validateVllm } from "./validate-vllm.ts";

const BODY = { model: "vllm-llama", messages: [{ role: "user", content: "x" }] };

describe("validateVllm", () => {
  it("takes its own parameters, and a request without any", () => {
    expect(validateVllm({ ...BODY, top_k: 4, guided_json: {}, max_tokens: 5 })).toBeUndefined();
  });

  it("lists all that it does not know, as Python prints it", () => {
    const refused = validateVllm({ ...BODY, max_completion_tokens: 64, store: true, metadata: { a: "it's" } });
    expect(refused?.message).toBe(
      "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'Extra inputs are not permitted', 'input': 64}, " +
        "{'type': 'extra_forbidden', 'loc': ('body', 'store'), 'msg': 'Extra inputs are not permitted', 'input': True}, " +
        "{'type': 'extra_forbidden', 'loc': ('body', 'metadata'), 'msg': 'Extra inputs are not permitted', 'input': {'a': \"it's\"}}]",
    );
    expect(refused).toMatchObject({ status: 400, type: "BadRequestError" });
  });

  it("names the place of a role it does not know", () => {
    const refused = validateVllm({ ...BODY, messages: [{ role: "developer", content: "x" }] });
    expect(refused?.message).toContain("'loc': ('body', 'messages', 0, 'typed-dict', 'role')");
  });

  it("has words of its own for numbers out of range", () => {
    expect(validateVllm({ ...BODY, temperature: -1 })?.message).toBe("temperature must be non-negative, got -1.");
    expect(validateVllm({ ...BODY, top_p: 0 })?.message).toBe("top_p must be in (0, 1], got 0.");
  });
});
