import { prepareProtos } from "./check/prepare-protos.ts";
import { installed, runCommand } from "./check/run-command.ts";

// `npm run generate`: formats and checks the protos, then writes what is made from them: libs/api/gen and the JSON Schema of sluice.yaml.

prepareProtos();
for (const args of [["format", "--write", "--path", "proto/sluice"], ["lint"], ["generate"]]) {
  const { exitCode, output } = await runCommand(installed("buf"), args);
  if (exitCode !== 0) {
    console.error(`buf ${args.join(" ")} failed:\n${output}`);
    process.exit(1);
  }
}
// In a process of its own: this one has loaded the code as it was before.
const { exitCode, output } = await runCommand(process.execPath, ["tools/write-config-schema.ts"]);
process.stdout.write(output);
process.exitCode = exitCode;
