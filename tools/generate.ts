import { prepareProtos } from "./check/prepare-protos.ts";
import { installed, runCommand } from "./check/run-command.ts";

// `npm run generate`: formats and checks the protos, then writes what is made from them, libs/api/gen and the JSON Schema of sluice.yaml, and
// what is made from the provider-adapter's table of kinds.

prepareProtos();
for (const args of [["format", "--write", "--path", "proto/sluice"], ["lint"], ["generate"]]) {
  const { exitCode, output } = await runCommand(installed("buf"), args);
  if (exitCode !== 0) {
    console.error(`buf ${args.join(" ")} failed:\n${output}`);
    process.exit(1);
  }
}
// In processes of their own: this one has loaded the code as it was before.
for (const script of ["tools/write-config-schema.ts", "tools/write-provider-tables.ts"]) {
  const { exitCode, output } = await runCommand(process.execPath, [script]);
  process.stdout.write(output);
  if (exitCode !== 0) process.exitCode = exitCode;
}
