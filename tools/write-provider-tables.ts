import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatProviderTables } from "./check/generated.ts";
import { root } from "./check/run-command.ts";

// Writes what is made from the provider-adapter's table of kinds: the rows that the configuration is checked by, and the document.

for (const [path, text] of await formatProviderTables()) writeFileSync(join(root, path), text);
