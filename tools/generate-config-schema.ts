import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configJsonSchema } from "../libs/config/src/json-schema.ts";

const root = new URL("../", import.meta.url);
const proto = readFileSync(new URL("proto/sluice/config/v1/config.proto", root), "utf8");
const target = fileURLToPath(new URL("deploy/sluice.schema.json", root));
writeFileSync(target, `${JSON.stringify(configJsonSchema(proto), null, 2)}\n`);
const biome = fileURLToPath(new URL("node_modules/.bin/biome", root));
execFileSync(biome, ["format", "--write", target], { cwd: fileURLToPath(root), stdio: "ignore" });
