import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { obtainCodingAgent, runCodingAgent } from "../_coding-agents.ts";
import { everyModel, everyProvider, researchKey, twoTeams } from "../_config.ts";
import { type Sluice, startStandalone } from "../_sluice.ts";

const claude = await obtainCodingAgent("claude");
const codex = await obtainCodingAgent("codex");

let fake: FakeProvider;
let sluice: Sluice;

beforeAll(async () => {
  fake = await startFakeProvider();
  sluice = await startStandalone({ config: { providers: everyProvider(fake), ...twoTeams } });
});
afterAll(async () => {
  await sluice?.stop();
  await fake?.close();
});

/** What the provider was asked last, as text. */
function lastRequest(): string {
  return fake.requests.at(-1)?.body.toString() ?? "";
}

/**
 * Not Bedrock's: Claude Code mixes reminders that name its tools into its turns, Converse has them beside the prompt, and the stand-in calls
 * whatever tools a turn names.
 */
const claudeModels = everyModel.filter((model) => !model.startsWith("bedrock/"));

describe.skipIf(claude === undefined)("Claude Code", () => {
  test.each(claudeModels)("calls a tool and goes on with its result, with %s", async (model) => {
    const before = fake.requests.length;
    const ran = await runCodingAgent(
      claude as string,
      [
        "-p",
        'Call Bash {"command":"echo from-the-tool"}',
        "--model",
        model,
        "--allowedTools",
        "Bash(echo:*)",
        "--output-format",
        "json",
      ],
      {
        ANTHROPIC_BASE_URL: sluice.url,
        ANTHROPIC_AUTH_TOKEN: researchKey,
        ANTHROPIC_SMALL_FAST_MODEL: model,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_TELEMETRY: "1",
      },
    );
    expect(ran.code, `${ran.stdout}\n${ran.stderr}`).toBe(0);
    const result = JSON.parse(ran.stdout) as { is_error: boolean; num_turns: number };
    expect(result).toMatchObject({ is_error: false, num_turns: 2 });
    expect(fake.requests.length).toBeGreaterThanOrEqual(before + 2);
    expect(lastRequest()).toContain("from-the-tool");
  });
});

describe.skipIf(codex === undefined)("Codex", () => {
  test.each(everyModel)("calls a tool and goes on with its result, with %s", async (model) => {
    const provider = `{name="Sluice", base_url="${sluice.url}/v1", env_key="SLUICE_KEY", wire_api="responses"}`;
    const ran = await runCodingAgent(
      codex as string,
      [
        "exec",
        "--skip-git-repo-check",
        "--json",
        "-s",
        "danger-full-access",
        "-m",
        model,
        "-c",
        'model_provider="sluice"',
        "-c",
        `model_providers.sluice=${provider}`,
        'Call exec_command {"cmd":"echo from-the-tool"}',
      ],
      { SLUICE_KEY: researchKey },
    );
    expect(ran.code, `${ran.stdout}\n${ran.stderr}`).toBe(0);
    const events = ran.stdout
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { type: string; item?: { type: string; aggregated_output?: string } });
    expect(events.map(({ type }) => type)).toContain("turn.completed");
    const commands = events.filter(({ item }) => item?.type === "command_execution");
    expect(commands.at(-1)?.item?.aggregated_output).toContain("from-the-tool");
    expect(lastRequest()).toContain("from-the-tool");
  });
});
