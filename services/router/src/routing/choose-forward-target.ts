import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import { ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import type { ForwardPayload } from "../flow/gateway-request.ts";
import { refuse } from "../refusal.ts";
import type { SnapshotIndex } from "../snapshot/snapshot-index.ts";
import type { Choice } from "./choose-targets.ts";

/**
 * Finds the provider of a forwarded request that names no model. Its right is `{provider}/{endpoint}`, such as `openai/files`. What a
 * provider keeps under one account is not told apart by team, so lists of it are for teams that may call everything. Pure.
 */
export function chooseForwardTarget(index: SnapshotIndex, team: string, payload: ForwardPayload, name: string): Choice {
  const { provider } = payload;
  if (!index.hasProvider(provider)) {
    return refused(
      ErrorReason.NO_TARGET,
      `there is no provider ${provider}: name one that serves ${payload.path} in \`x-sluice-provider\``,
    );
  }
  if (!index.mayCall(team, name)) {
    return refused(ErrorReason.MODEL_NOT_ALLOWED, `team ${team} may not call \`${name}\``);
  }
  const lists = payload.method === "GET" && payload.path.split("/").length === 2;
  if (lists && !index.mayCall(team, "*")) {
    const message = `GET ${payload.path} lists what all teams keep at ${provider}: it is for teams whose models are "*"`;
    return refused(ErrorReason.PERMISSION_DENIED, message);
  }
  const model = create(ModelSchema, { name, provider, upstreamModel: payload.path.slice(1).split("/")[0] ?? "" });
  return {
    kind: "chosen",
    plan: {
      route: "",
      targets: [{ model, name, provider, price: undefined }],
      retry: { attempts: 1, on: new Set() },
      parameterMode: ParameterMode.PASSTHROUGH,
    },
  };
}

function refused(reason: ErrorReason, message: string): Choice {
  return { kind: "refused", refusal: refuse(reason, message) };
}
