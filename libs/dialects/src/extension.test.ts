import { ParameterChangeKind } from "@sluice/api/sluice/provider/v1/attempt";
import { expect, test } from "vitest";
import type { JsonValue } from "./dialect.ts";
import {
  createExtension,
  keepUnknown,
  readExtension,
  reportForeignExtensions,
  restoreExtensions,
} from "./extension.ts";
import { createChanges } from "./parameter-change.ts";

test("keeps what is not known and puts it back, __proto__ too", () => {
  const source = JSON.parse('{"known":1,"verbosity":"low","__proto__":{"x":1},"none":null}');
  const kept = keepUnknown(source, new Set(["known"]), "openai.chat");
  expect(kept.map(({ field }) => field)).toEqual(["verbosity", "__proto__"]);
  const target: Record<string, JsonValue | undefined> = {};
  const changes = createChanges();
  restoreExtensions(kept, "openai.chat", target, new Set(), changes);
  expect(JSON.stringify(target)).toBe('{"verbosity":"low","__proto__":{"x":1}}');
  expect(Object.getPrototypeOf(target)).toBe(Object.prototype);
  expect(changes.list()).toEqual([]);
  expect(readExtension(kept, "openai.chat", "verbosity")).toBe("low");
  expect(readExtension(kept, "anthropic.messages", "verbosity")).toBeUndefined();
});

test("reports another dialect's fields, not its notes, and what would replace a reserved field", () => {
  const extensions = [
    createExtension("anthropic.messages", "container", "c"),
    createExtension("anthropic.messages", "#note", true),
    createExtension("openai.chat", "model", "other"),
  ];
  const changes = createChanges();
  const target: Record<string, JsonValue | undefined> = { model: "mine" };
  restoreExtensions(extensions, "openai.chat", target, new Set(["model"]), changes, "body.");
  expect(target).toEqual({ model: "mine" });
  expect(changes.list().map(({ parameter }) => parameter)).toEqual(["body.container", "body.model"]);
});

test("says that deprecated functions come back in another form", () => {
  const changes = createChanges();
  reportForeignExtensions([createExtension("openai.chat", "#functions", true)], "anthropic.messages", changes);
  expect(changes.list()).toMatchObject([{ parameter: "functions", kind: ParameterChangeKind.CONVERTED }]);
});

test("keeps the same change once, and no more than the protocol carries", () => {
  const changes = createChanges();
  changes.drop("cache_control");
  changes.drop("cache_control");
  expect(changes.list()).toHaveLength(1);
  for (let index = 0; index < 1_000; index += 1) changes.convert(`messages[${index}]`, "x".repeat(5_000));
  expect(changes.list()).toHaveLength(256);
  expect(changes.list()[1]?.detail).toHaveLength(1024);
});
