import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configJsonSchema } from "@sluice/config";
import { parameterDocument } from "@sluice/provider-adapter/parameter-document";
import { providerDocument } from "@sluice/provider-adapter/provider-document";
import { kindRows } from "@sluice/provider-adapter/provider-table";
import { compareFolders } from "./compare-folders.ts";
import { installed, root, runCommand } from "./run-command.ts";
import type { StepResult } from "./run-steps.ts";

const generatedFolder = "libs/api/gen";
export const schemaPath = "deploy/sluice.schema.json";
const kindRowsPath = "libs/config/src/provider-kinds.json";
const parameterDocumentPath = "services/provider-adapter/PARAMETERS.md";
const providerDocumentPath = "services/provider-adapter/PROVIDERS.md";

/** Whether the committed code is what the protos give. */
export async function checkGeneratedCode(): Promise<StepResult> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-check-"));
  try {
    const { exitCode, output } = await runCommand(installed("buf"), ["generate", "--output", folder]);
    if (exitCode !== 0) return { kind: "failed", output };
    return resultOf(compareFolders(join(folder, generatedFolder), join(root, generatedFolder)), generatedFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the committed JSON Schema of `sluice.yaml` is what the protos give. */
export async function checkConfigSchema(): Promise<StepResult> {
  const current = readFileSync(join(root, schemaPath), "utf8") === (await formatConfigSchema());
  return resultOf(current ? [] : ["the file is not current"], schemaPath);
}

/** The JSON Schema of `sluice.yaml`, as it is committed. */
export async function formatConfigSchema(): Promise<string> {
  const proto = readFileSync(join(root, "proto/sluice/config/v1/config.proto"), "utf8");
  return formatJson(schemaPath, configJsonSchema(proto));
}

/** Whether the tables of kinds and models that are made from the provider-adapter's are what it has. */
export async function checkProviderTables(): Promise<StepResult> {
  const files = await formatProviderTables();
  const differences = [...files].filter(([path, text]) => readFileSync(join(root, path), "utf8") !== text);
  return resultOf(
    differences.map(() => "the file is not current"),
    differences.map(([path]) => path).join(", "),
  );
}

/** What is made from the provider-adapter's table of kinds and what is known of models, by path. */
export async function formatProviderTables(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    [kindRowsPath, await formatJson(kindRowsPath, kindRows())],
    [providerDocumentPath, providerDocument()],
    [parameterDocumentPath, parameterDocument()],
  ]);
}

async function formatJson(path: string, value: unknown): Promise<string> {
  const input = JSON.stringify(value, null, 2);
  const { exitCode, output } = await runCommand(installed("biome"), ["format", `--stdin-file-path=${path}`], { input });
  if (exitCode !== 0) throw new Error(`biome could not format ${path}: ${output}`);
  return output;
}

function resultOf(differences: readonly string[], path: string): StepResult {
  if (differences.length === 0) return { kind: "passed" };
  return {
    kind: "failed",
    output: [`${path}: run npm run generate and commit what it changes`, ...differences].join("\n"),
  };
}
