import { expect, test, vi } from "vitest";
import { createLifecycle } from "./lifecycle.ts";
import { silentLogger } from "./logger.ts";

const create = (drainTimeoutMs = 1_000) =>
  createLifecycle({ logger: silentLogger, drainTimeoutMs, ownsProcess: false });

test("owners stop in reverse, one after the other, and the signal comes first", async () => {
  const lifecycle = create();
  const order: string[] = [];
  lifecycle.signal.addEventListener("abort", () => order.push("signal"));
  lifecycle.defer("pool", () => {
    order.push("pool");
  });
  lifecycle.use("journal", {
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push("journal");
    },
  });
  lifecycle.use("server", {
    [Symbol.dispose]() {
      order.push("server");
    },
  });
  lifecycle.ready();
  const drained = lifecycle.drain("SIGTERM");
  expect(lifecycle.state).toEqual({ phase: "draining", reason: "SIGTERM" });
  expect(lifecycle.drain("again")).toBe(drained);
  await drained;
  expect(order).toEqual(["signal", "server", "journal", "pool"]);
  expect(lifecycle.state).toEqual({ phase: "stopped", reason: "SIGTERM", faults: [] });
});

test("an owner that throws or hangs does not keep the others", async () => {
  const lifecycle = create();
  const stopped = vi.fn();
  lifecycle.defer("last", stopped);
  lifecycle.defer(
    "hanging",
    (signal) => new Promise((resolve) => signal.addEventListener("abort", () => setTimeout(resolve, 50))),
    20,
  );
  lifecycle.defer("throwing", () => {
    throw new Error("no");
  });
  await lifecycle.drain("test");
  expect(stopped).toHaveBeenCalledOnce();
  expect(lifecycle.state).toMatchObject({
    phase: "stopped",
    faults: [
      { owner: "throwing", kind: "threw", detail: "no" },
      { owner: "hanging", kind: "timeout" },
    ],
  });
});

test("the drain time holds for all owners together", async () => {
  const lifecycle = create(40);
  for (const name of ["a", "b", "c"]) lifecycle.defer(name, () => new Promise(() => {}), 10_000);
  const started = performance.now();
  await lifecycle.drain("test");
  expect(performance.now() - started).toBeLessThan(500);
  expect(lifecycle.state).toMatchObject({ faults: [{ owner: "c" }, { owner: "b" }, { owner: "a" }] });
});

test("readiness: not before ready(), not with a dependency down, not while draining", async () => {
  await using lifecycle = create();
  lifecycle.check("policy", () => ({ state: "degraded", detail: "serving from snapshot 7" }));
  expect(await lifecycle.readiness()).toEqual({
    ready: false,
    phase: "starting",
    checks: { policy: { state: "degraded", detail: "serving from snapshot 7" } },
  });
  lifecycle.ready();
  expect((await lifecycle.readiness()).ready).toBe(true);
  let down = true;
  lifecycle.check("database", async () => {
    if (down) throw new Error("connection refused");
    return { state: "ok" };
  });
  expect(await lifecycle.readiness()).toMatchObject({
    ready: false,
    checks: { database: { state: "down", detail: "connection refused" } },
  });
  down = false;
  expect((await lifecycle.readiness()).ready).toBe(true);
  await lifecycle.drain("test");
  expect(await lifecycle.readiness()).toMatchObject({ ready: false, phase: "stopped" });
});

test("a check that does not answer counts as down", async () => {
  const lifecycle = create();
  lifecycle.check("slow", () => new Promise(() => {}));
  expect((await lifecycle.readiness()).checks["slow"]).toEqual({ state: "down", detail: "no answer within 1000 ms" });
});

test("misuse is an error", async () => {
  const lifecycle = create();
  lifecycle.check("a", () => ({ state: "ok" }));
  expect(() => lifecycle.check("a", () => ({ state: "ok" }))).toThrow("unique");
  await lifecycle.drain("test");
  expect(() => lifecycle.defer("late", () => {})).toThrow("after draining began");
});
