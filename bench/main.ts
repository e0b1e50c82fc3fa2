import { readdir } from "node:fs/promises";

// `npm run bench -- <name> [options]` runs bench/<name>.bench.ts; without a name it lists them.

const [name, ...args] = process.argv.slice(2);
const files = await readdir(import.meta.dirname);
const names = files.filter((file) => file.endsWith(".bench.ts")).map((file) => file.slice(0, -".bench.ts".length));

if (name === undefined || !names.includes(name)) {
  console.error(`${name === undefined ? "no bench was named" : `there is no bench "${name}"`}, expected one of:`);
  for (const each of names) console.error(`  npm run bench -- ${each}`);
  process.exitCode = 2;
} else {
  const bench = (await import(`./${name}.bench.ts`)) as { run(args: readonly string[]): Promise<number> };
  process.exitCode = await bench.run(args);
}
