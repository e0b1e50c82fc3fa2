import { fileURLToPath } from "node:url";
import { findViolations } from "./imports/rules.ts";
import { readWorkspace } from "./imports/workspace.ts";

// Holds every import to the layers: `node tools/check-imports.ts`.

const root = fileURLToPath(new URL("..", import.meta.url));
const workspace = readWorkspace(root);
const violations = findViolations(workspace);
for (const { path, line, message } of violations) console.log(`${path}:${line}: ${message}`);
console.log(
  violations.length === 0
    ? `${workspace.files.length} files import what they may`
    : `${violations.length} imports that the layers do not allow`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
