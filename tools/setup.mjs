// Installs what the lockfile says, with the pinned pnpm, and returns at once when nothing changed since the last time.
// Runs on whatever Node the machine has (20 or newer): plain JavaScript, built-in modules only.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const pnpmVersion = "12.21.0";
const stamp = "node_modules/.sluice-setup";
const inputs = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];

const hash = createHash("sha256").update(pnpmVersion);
for (const path of inputs) hash.update(readFileSync(path));
const wanted = hash.digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  const { status } = spawnSync(
    "npm",
    [
      "exec",
      "--yes",
      `--package=pnpm@${pnpmVersion}`,
      "--",
      "pnpm",
      "install",
      "--frozen-lockfile",
      "--prefer-offline",
    ],
    { stdio: "inherit" },
  );
  if (status !== 0) {
    console.error(
      "sluice: setup failed: pnpm could not install the locked dependencies (see above); the npm registry must be reachable",
    );
    process.exit(status ?? 1);
  }
  writeFileSync(stamp, wanted);
}
