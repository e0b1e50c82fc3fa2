import type { IncomingMessage, ServerResponse } from "node:http";
import { type Dialect, dialects } from "@sluice/dialects";
import type { Clock, IdSource } from "@sluice/runtime";
import { authenticate, readSecret } from "../authenticate.ts";
import { createReport } from "../flow/report.ts";
import { callableModels } from "../routing/callable-models.ts";
import type { SnapshotHolder } from "../snapshot/snapshot-holder.ts";
import { createDialectDoor, writeWhole } from "./dialect-door.ts";
import { headerReader } from "./dialect-endpoint.ts";
import { reportHeaders } from "./report-headers.ts";

/** Serves GET /v1/models: what the key may call, in Anthropic's form to a caller that sends `anthropic-version`, else in OpenAI's. */
export function createModelsHandler(options: {
  readonly snapshots: SnapshotHolder;
  readonly ids: IdSource;
  readonly clock: Clock;
}) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const header = headerReader(request);
    const anthropic = header("anthropic-version") !== undefined;
    const dialect: Dialect = dialects[anthropic ? "anthropic.messages" : "openai.chat"];
    const report = createReport(options.ids.requestId());
    const nowMs = options.clock.now();
    const door = createDialectDoor(dialect, response, () => undefined);
    const held = options.snapshots.current(nowMs);
    if (held.kind === "unavailable") {
      door.fail(held.refusal, report);
      return;
    }
    const caller = authenticate(held.index, readSecret(header), nowMs);
    if (caller.kind === "refused") {
      door.fail(caller.refusal, report);
      return;
    }
    const models = callableModels(held.index, caller.key.team);
    const body = anthropic ? anthropicList(models.map((model) => model.name)) : openaiList(models);
    writeWhole(response, 200, Buffer.from(JSON.stringify(body)), "application/json", reportHeaders(report));
  };
}

/** No provider says when most models were made: the dialects want a date, and this one says nothing. */
const epoch = new Date(0);

function openaiList(models: ReturnType<typeof callableModels>) {
  return {
    object: "list",
    data: models.map((model) => ({
      id: model.name,
      object: "model",
      created: 0,
      owned_by: model.route ? "sluice" : (model.deployments[0]?.provider ?? "sluice"),
      ...limitsOf(model.deployments[0]),
    })),
  };
}

function limitsOf(deployment: ReturnType<typeof callableModels>[number]["deployments"][number] | undefined) {
  return {
    ...(deployment?.contextWindow === undefined ? {} : { context_window: deployment.contextWindow }),
    ...(deployment?.maxOutputTokens === undefined ? {} : { max_output_tokens: deployment.maxOutputTokens }),
  };
}

function anthropicList(names: readonly string[]) {
  return {
    data: names.map((name) => ({ type: "model", id: name, display_name: name, created_at: epoch.toISOString() })),
    has_more: false,
    first_id: names[0] ?? null,
    last_id: names.at(-1) ?? null,
  };
}
