import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createStoreGuard, type StoreState } from "./store-guard.ts";

const answered = () => Promise.resolve("answer");
const refused = () => Promise.reject(new Error("refused"));
const silent = () => new Promise<never>(() => {});

function setUp(maxRunning = 10) {
  const changes: StoreState["kind"][] = [];
  const guard = createStoreGuard({ maxFailures: 3, maxRunning, onChange: ({ kind }) => changes.push(kind) });
  return { guard, changes };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("createStoreGuard", () => {
  it("asks nothing of a store that was never reached, until a probe is answered", async () => {
    const { guard, changes } = setUp();
    const ask = vi.fn(answered);
    expect(await guard.attempt(100, ask)).toEqual({ kind: "unavailable" });
    expect(ask).not.toHaveBeenCalled();
    expect(await guard.probe(100, answered)).toEqual({ kind: "done", value: "answer" });
    expect(changes).toEqual(["up"]);
    expect(await guard.attempt(100, ask)).toEqual({ kind: "done", value: "answer" });
  });

  it("takes it for down after three failures in a row, and asks no more", async () => {
    const { guard, changes } = setUp();
    await guard.probe(100, answered);
    await guard.attempt(100, refused);
    await guard.attempt(100, refused);
    await guard.attempt(100, answered);
    for (let count = 0; count < 3; count += 1) {
      expect(guard.state.kind).toBe("up");
      expect(await guard.attempt(100, refused)).toEqual({ kind: "unavailable" });
    }
    expect(guard.state.kind).toBe("down");
    const ask = vi.fn(answered);
    expect(await guard.attempt(100, ask)).toEqual({ kind: "unavailable" });
    expect(ask).not.toHaveBeenCalled();
    await guard.probe(100, refused);
    await guard.probe(100, answered);
    expect(changes).toEqual(["up", "down", "up"]);
  });

  it("counts silence as failure, and does not count a late answer", async () => {
    const { guard } = setUp();
    await guard.probe(100, answered);
    const late = Promise.withResolvers<string>();
    const attempts = [guard.attempt(100, () => late.promise), guard.attempt(100, silent), guard.attempt(100, silent)];
    await vi.advanceTimersByTimeAsync(100);
    for (const attempt of attempts) expect(await attempt).toEqual({ kind: "unavailable" });
    expect(guard.state.kind).toBe("down");
    late.resolve("late");
    await vi.advanceTimersByTimeAsync(0);
    expect(guard.state.kind).toBe("down");
  });

  it("has no more than its bound asking at once, those that timed out included", async () => {
    const { guard } = setUp(2);
    await guard.probe(100, answered);
    const held = Promise.withResolvers<string>();
    const first = guard.attempt(1_000, () => held.promise);
    const second = guard.attempt(10, silent);
    await vi.advanceTimersByTimeAsync(10);
    expect(await second).toEqual({ kind: "unavailable" });
    expect(await guard.attempt(100, answered)).toEqual({ kind: "unavailable" });
    held.resolve("first");
    expect(await first).toEqual({ kind: "done", value: "first" });
    expect(await guard.attempt(100, answered)).toEqual({ kind: "done", value: "answer" });
  });
});
