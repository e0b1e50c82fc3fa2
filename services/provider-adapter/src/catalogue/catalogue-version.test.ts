import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bundledSource } from "./price-list.ts";

test("prices name the version of the package that is installed", () => {
  const workspace = readFileSync(new URL("../../../../pnpm-workspace.yaml", import.meta.url), "utf8");
  const pinned = /"@pydantic\/genai-prices": (\S+)/.exec(workspace)?.[1];
  expect(bundledSource).toBe(`@pydantic/genai-prices ${pinned}`);
});
