import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import { dialects, type ParameterRule } from "@sluice/dialects";
import { defaultMaxOutputTokens, type HttpAttempt } from "./attempt-context.ts";
import { type AttemptPayload, type Preparation, prepareRequest } from "./translate.ts";

/** An attempt's request, made ready for its provider: with what the provider's kind does not take, and what was learned of the model. */
export function prepareAttempt(payload: AttemptPayload, context: HttpAttempt, stream: boolean): Preparation {
  const { provider, endpoint } = context;
  return prepareRequest(payload, {
    dialect: dialects[endpoint.dialect],
    model: context.upstreamModel,
    stream,
    defaultMaxOutputTokens: defaultMaxOutputTokens(context.model),
    historyReasoning: provider.kind.historyReasoning,
    rules: rulesOf(context),
    frame: endpoint.frame,
    mode: context.attempt.parameterMode || ParameterMode.ADAPT,
  });
}

const none: readonly ParameterRule[] = [];

function rulesOf({ provider, endpoint, attempt, parameters }: HttpAttempt): readonly ParameterRule[] {
  const known = provider.kind.rules?.[endpoint.dialect] ?? none;
  const taught = parameters.rulesFor(attempt.model, endpoint.dialect);
  if (taught.length === 0) return known;
  return known.length === 0 ? taught : [...known, ...taught];
}
