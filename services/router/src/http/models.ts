import type { IncomingMessage, ServerResponse } from "node:http";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { dialects } from "@sluice/dialects";
import type { Clock, IdSource } from "@sluice/runtime";
import { authenticate, readSecret } from "../authenticate.ts";
import { createReport } from "../flow/report.ts";
import { refuse } from "../refusal.ts";
import { callableModels } from "../routing/callable-models.ts";
import type { SnapshotHolder } from "../snapshot/snapshot-holder.ts";
import { decodePathName } from "./decode-path-name.ts";
import { createHttpDoor, writeWhole } from "./http-door.ts";
import { type ModelForm, modelForms } from "./model-forms.ts";
import { reportHeaders } from "./report-headers.ts";
import type { HeaderReader } from "./request-headers.ts";
import { headerReader } from "./serve-request.ts";

/** What is asked of the list of models. */
export type ModelsCall = {
  /** Whether the path is Google's. */
  readonly gemini: boolean;
  /** The one model that is wanted, as the path has it. Undefined: all. */
  readonly name: string | undefined;
};

/**
 * Serves what the key may call: in Google's form at Google's path and to a caller that sends `x-goog-api-key`, in Anthropic's to one that
 * sends `anthropic-version`, else in OpenAI's.
 */
export function createModelsHandler(options: {
  readonly snapshots: SnapshotHolder;
  readonly ids: IdSource;
  readonly clock: Clock;
}) {
  return (call: ModelsCall, request: IncomingMessage, response: ServerResponse): void => {
    const header = headerReader(request);
    const form = formOf(call, header);
    const report = createReport(options.ids.requestId());
    const nowMs = options.clock.now();
    const door = createHttpDoor({ dialect: dialects[modelForms[form].dialect], response });
    const held = options.snapshots.current(nowMs);
    if (held.kind === "unavailable") {
      door.fail(held.refusal, report);
      return;
    }
    const query = new URLSearchParams((request.url ?? "").split("?")[1] ?? "");
    const secret = readSecret(header) ?? (call.gemini ? query.get("key") || undefined : undefined);
    const caller = authenticate(held.index, secret, nowMs);
    if (caller.kind === "refused") {
      door.fail(caller.refusal, report);
      return;
    }
    const models = callableModels(held.index, caller.key.team);
    let body: unknown;
    if (call.name === undefined) {
      body = modelForms[form].list(models);
    } else {
      const name = decodePathName(call.name);
      const model = models.find((each) => each.name === name);
      if (model === undefined) {
        const message = `no route or model is named \`${name.slice(0, 100)}\` among those that this key may call`;
        door.fail(refuse(ErrorReason.MODEL_NOT_FOUND, message, { parameter: "model" }), report);
        return;
      }
      body = modelForms[form].one(model);
    }
    writeWhole(response, 200, Buffer.from(JSON.stringify(body)), "application/json", reportHeaders(report));
  };
}

/** Google's newer SDKs list models at `/v1/models` too, and are known by the header of their key. */
function formOf(call: ModelsCall, header: HeaderReader): ModelForm {
  if (call.gemini || header("x-goog-api-key") !== undefined) return "gemini";
  return header("anthropic-version") === undefined ? "openai" : "anthropic";
}
