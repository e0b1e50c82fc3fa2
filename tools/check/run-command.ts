import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface CommandResult {
  readonly exitCode: number;
  /** Standard output and error, as they came. */
  readonly output: string;
}

/** Ends with the rest of the output left out. */
const maxOutputCharacters = 200_000;

/** Runs a program at the repository's root, without input. A program that cannot be started is exit code 127. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: { readonly signal?: AbortSignal | undefined; readonly input?: string } = {},
): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  let output = "";
  const take = (text: string) => {
    if (output.length < maxOutputCharacters) output += text;
  };
  child.stdout?.setEncoding("utf8").on("data", take);
  child.stderr?.setEncoding("utf8").on("data", take);
  child.stdin?.on("error", () => {}).end(options.input);
  child.once("error", (error) => resolve({ exitCode: 127, output: `${output}${program}: ${error.message}\n` }));
  child.once("close", (code, signal) =>
    resolve({ exitCode: code ?? 1, output: signal === null ? output : `${output}${program} was ended by ${signal}\n` }),
  );
  return promise;
}

/** A program that the root's dependencies bring. */
export function installed(name: string): string {
  return join(root, "node_modules/.bin", name);
}
