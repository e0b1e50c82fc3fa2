import { clone, create } from "@bufbuild/protobuf";
import { ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { expect, it } from "vitest";
import { findChanges, withoutSecrets } from "./find-changes.ts";

const config = create(ConfigSchema, {
  providers: [{ name: "openai", apiKeys: ["sk-live-1"] }],
  keys: [{ name: "k", team: "t", secret: "a-secret-of-24-characters" }],
  notify: [{ webhook: "https://hooks.example/token" }],
});

it("keeps no secret and still sees that one changed", () => {
  const kept = withoutSecrets(config);
  expect(JSON.stringify(kept)).not.toMatch(/sk-live|a-secret|token/);
  expect(findChanges(kept, withoutSecrets(config))).toEqual([]);
  const rotated = clone(ConfigSchema, config);
  for (const key of rotated.keys) key.secret = "another-secret-of-24-chars";
  expect(findChanges(kept, withoutSecrets(rotated))).toMatchObject([{ kind: "key", name: "k", action: 2 }]);
  expect(config.keys[0]?.secret).toBe("a-secret-of-24-characters");
});
