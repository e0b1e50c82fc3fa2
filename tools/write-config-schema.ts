import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatConfigSchema, schemaPath } from "./check/generated.ts";
import { root } from "./check/run-command.ts";

// Writes the JSON Schema of sluice.yaml from the code that buf generated.

writeFileSync(join(root, schemaPath), await formatConfigSchema());
