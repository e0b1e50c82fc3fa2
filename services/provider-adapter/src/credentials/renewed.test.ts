import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRenewed, type Fetched } from "./renewed.ts";

const hourMs = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function renewedBy(answers: ((() => Promise<Fetched<string>>) | Fetched<string>)[], deadlineMs = 1_000) {
  let nowMs = 0;
  let asked = 0;
  const clock = { now: () => nowMs, monotonicMs: () => nowMs };
  const renewed = createRenewed<string>({
    clock,
    noun: "token",
    deadlineMs,
    fetch: async () => {
      const answer = answers[asked];
      asked += 1;
      if (answer === undefined) throw new Error("asked once too often");
      return typeof answer === "function" ? answer() : answer;
    },
  });
  const value = async () => {
    const taken = await renewed.take();
    return taken.kind === "kept" ? taken.value : taken.message;
  };
  return { renewed, value, pass: (ms: number) => (nowMs += ms), asked: () => asked };
}

const fetched = (value: string, expiresAtMs: number): Fetched<string> => ({ kind: "fetched", value, expiresAtMs });

test("fetches once for all who wait, and keeps what it has", async () => {
  const { renewed, value, asked } = renewedBy([fetched("a", hourMs)]);
  expect(await Promise.all([value(), value(), value()])).toEqual(["a", "a", "a"]);
  expect(renewed.take()).toEqual({ kind: "kept", value: "a" });
  expect(asked()).toBe(1);
});

test("renews shortly before the end, beside those who still use it; what is nearly over is not used", async () => {
  const { renewed, value, pass, asked } = renewedBy([fetched("a", hourMs), fetched("b", 2 * hourMs)]);
  await value();
  pass(hourMs - 200_000);
  expect(renewed.take()).toEqual({ kind: "kept", value: "a" });
  await vi.runAllTimersAsync();
  expect(await value()).toBe("b");
  expect(asked()).toBe(2);
  const over = renewedBy([fetched("a", hourMs), fetched("b", 2 * hourMs)]);
  await over.value();
  over.pass(hourMs - 5_000);
  expect(over.renewed.take()).toBeInstanceOf(Promise);
  expect(await over.value()).toBe("b");
});

test("a failure is told for a moment without asking again, a rejection without its text", async () => {
  const { value, pass, asked } = renewedBy([
    () => Promise.reject(Object.assign(new Error("secret"), { code: "ECONNREFUSED" })),
    { kind: "unavailable", message: "nobody knows it" },
    fetched("a", hourMs),
  ]);
  expect(await value()).toBe("the token could not be fetched (ECONNREFUSED)");
  expect(await value()).toBe("the token could not be fetched (ECONNREFUSED)");
  expect(asked()).toBe(1);
  pass(2_000);
  expect(await value()).toBe("nobody knows it");
  pass(2_000);
  expect(await value()).toBe("a");
});

test("a fetch that takes too long is given up", async () => {
  const { value } = renewedBy([() => new Promise(() => undefined)], 500);
  const waiting = value();
  await vi.advanceTimersByTimeAsync(500);
  expect(await waiting).toBe("no token came within 500 ms");
});

test("what was refused is thrown away, unless it is young; what has expired already is not used", async () => {
  const { renewed, value, pass } = renewedBy([fetched("a", hourMs), fetched("b", 0), fetched("c", hourMs)]);
  await value();
  const kept = renewed.take();
  if (kept instanceof Promise || kept.kind !== "kept") throw new Error("it is at hand");
  renewed.discard(kept);
  expect(await value()).toBe("a");
  pass(30_000);
  renewed.discard(kept);
  expect(await value()).toBe("the token that was fetched has expired already");
  pass(2_000);
  expect(await value()).toBe("c");
});
