// Installs what the lockfile says, with the pinned pnpm, and returns at once when nothing changed since the last time. Several at once in
// one checkout wait for each other.
// Runs on whatever Node the machine has (20 or newer): plain JavaScript, built-in modules only.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const pnpmVersion = "12.21.0";
const stamp = "node_modules/.sluice-setup";
const lock = ".tools/setup.lock";
const inputs = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
if (!isCurrent()) process.exitCode = process.argv.includes("--locked") ? install() : installAlone();

function isCurrent() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint();
}

function fingerprint() {
  const hash = createHash("sha256").update(pnpmVersion);
  for (const path of inputs) hash.update(readFileSync(path));
  return hash.digest("hex");
}

/** Runs this again under a lock that the kernel takes back however its holder ends. Where there is no `flock`, without a lock. */
function installAlone() {
  mkdirSync(".tools", { recursive: true });
  const again = [process.execPath, fileURLToPath(import.meta.url), "--locked"];
  const { status, error } = spawnSync("flock", [lock, ...again], { stdio: "inherit" });
  return error === undefined ? (status ?? 1) : install();
}

function install() {
  const wanted = fingerprint();
  const pnpm = ["exec", "--yes", `--package=pnpm@${pnpmVersion}`, "--", "pnpm"];
  const { status } = spawnSync("npm", [...pnpm, "install", "--frozen-lockfile", "--prefer-offline"], {
    // Nobody is asked anything.
    env: { ...process.env, CI: "true" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status === 0) {
    writeFileSync(stamp, wanted);
    return 0;
  }
  console.error(
    "sluice: setup failed: pnpm could not install the locked dependencies (see above); the npm registry must be reachable",
  );
  return status ?? 1;
}
