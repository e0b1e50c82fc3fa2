import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import {
  ClampParameterSchema,
  DropParameterSchema,
  type LearnedRule as LearnedRuleMessage,
  LearnedRuleSchema,
  OnlyParameterSchema,
  RenameParameterSchema,
  SetParameterSchema,
} from "@sluice/api/sluice/provider/v1/parameter_rule";
import {
  type ProviderOperationsService,
  type RawExchange as RawExchangeMessage,
  RawExchangeSchema,
} from "@sluice/api/sluice/provider/v1/provider_operations_service";
import { isUnavailable } from "@sluice/postgres";
import { Code, type ConnectError, rpcError, type ServiceImpl } from "@sluice/rpc";
import type { AdapterEvents } from "./events.ts";
import { type LearnedRule, type LearnedRules, sortKey } from "./parameters/learned-rules.ts";
import type { KeptExchange, RawExchanges } from "./raw/raw-exchange.ts";
import { StoreNotReady } from "./store/follow-store.ts";

const defaultPageSize = 100;
const idPrefix = "learnedRules/";

/** Tells operators what the adapter has learned, and what it kept of exchanges. */
export function createOperationsService(options: {
  readonly rules: LearnedRules;
  /** Forgets on all replicas. Whether it was there. */
  readonly forget: (id: string) => Promise<boolean>;
  readonly exchanges: RawExchanges;
  readonly events: AdapterEvents;
}): ServiceImpl<typeof ProviderOperationsService> {
  const { rules, exchanges, events } = options;
  return {
    listLearnedRules({ model, pageSize, pageToken }) {
      const after = pageToken === "" ? "" : Buffer.from(pageToken, "base64url").toString();
      const all = rules.list().filter((rule) => (model === "" || rule.model === model) && sortKey(rule) > after);
      const page = all.slice(0, pageSize || defaultPageSize);
      const last = page.at(-1);
      return {
        learnedRules: page.map(ruleMessage),
        nextPageToken:
          last !== undefined && all.length > page.length ? Buffer.from(sortKey(last)).toString("base64url") : "",
      };
    },
    async deleteLearnedRule({ name }) {
      const id = name.slice(idPrefix.length);
      if (!(await options.forget(id).catch(throwStoreError))) throw noSuchRule(name);
      events.ruleForgotten(id);
      return {};
    },
    async listRawExchanges({ requestId }) {
      const kept = await exchanges.list(requestId).catch(throwStoreError);
      return { rawExchanges: kept.map(exchangeMessage) };
    },
  };
}

function ruleMessage({ id, model, dialect, rule, learnMs, expireMs, attemptId }: LearnedRule): LearnedRuleMessage {
  return create(LearnedRuleSchema, {
    name: `${idPrefix}${id}`,
    model,
    dialect,
    parameter: rule.path.join("."),
    action: actionMessage(rule.action),
    evidence: rule.source,
    learnTime: timestampFromMs(learnMs),
    expireTime: timestampFromMs(expireMs),
    attemptId,
  });
}

function actionMessage(action: LearnedRule["rule"]["action"]): LearnedRuleMessage["action"] {
  switch (action.kind) {
    case "drop":
      return { case: "drop", value: create(DropParameterSchema) };
    case "rename":
      return { case: "rename", value: create(RenameParameterSchema, { to: action.to.join(".") }) };
    case "clamp": {
      const { minimum, maximum } = action;
      return {
        case: "clamp",
        value: create(ClampParameterSchema, {
          ...(minimum === undefined ? {} : { minimum }),
          ...(maximum === undefined ? {} : { maximum }),
        }),
      };
    }
    case "set":
    case "default":
      return { case: "set", value: create(SetParameterSchema, { valueJson: JSON.stringify(action.value) }) };
    case "only": {
      const valuesJson = action.values.map((value) => JSON.stringify(value));
      return { case: "only", value: create(OnlyParameterSchema, { valuesJson }) };
    }
  }
}

function exchangeMessage(exchange: KeptExchange): RawExchangeMessage {
  return create(RawExchangeSchema, {
    requestId: exchange.requestId,
    attemptId: exchange.attemptId,
    sequence: exchange.sequence,
    model: exchange.model,
    url: exchange.url,
    requestHeaders: { ...exchange.requestHeaders },
    requestBody: new Uint8Array(exchange.requestBody),
    responseStatus: exchange.responseStatus,
    responseHeaders: { ...exchange.responseHeaders },
    responseBody: new Uint8Array(exchange.responseBody),
    truncated: exchange.truncated,
    startTime: timestampFromMs(exchange.startMs),
    expireTime: timestampFromMs(exchange.expireMs),
  });
}

function noSuchRule(name: string): ConnectError {
  return rpcError({
    code: Code.NotFound,
    reason: ErrorReason.NOT_FOUND,
    fault: Fault.CALLER,
    message: `there is no ${name}: it was forgotten, or never learned`,
  });
}

function throwStoreError(error: unknown): never {
  if (!(error instanceof StoreNotReady) && !isUnavailable(error)) throw error;
  throw rpcError({
    code: Code.Unavailable,
    reason: ErrorReason.STORE_UNAVAILABLE,
    fault: Fault.GATEWAY,
    message: "the adapter's store cannot be reached: nothing was changed",
    cause: error,
  });
}
