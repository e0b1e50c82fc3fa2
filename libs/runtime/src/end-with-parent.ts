import { spawn } from "node:child_process";

/**
 * Sends `signal` to the process `pid` when this process ends in whatever way, SIGKILL included: a small shell waits on a pipe
 * that the kernel closes with us. Returns the function that calls it off; to be called when `pid` has ended.
 */
export function endWithParent(pid: number, signal: "SIGINT" | "SIGTERM"): () => void {
  const watcher = spawn(
    "/bin/sh",
    ["-c", 'read -r _; kill -s "$2" "$1" 2>/dev/null', "sh", String(pid), signal.slice(3)],
    {
      cwd: "/",
      env: {},
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    },
  );
  watcher.on("error", () => {});
  watcher.stdin.on("error", () => {});
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  return () => {
    watcher.kill("SIGKILL");
  };
}
