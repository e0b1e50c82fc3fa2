import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type Dialect, type JsonObject, type JsonValue, spliceJson } from "@sluice/dialects";
import type { Authentication } from "../authenticate.ts";
import type { BodyPayload } from "../flow/gateway-request.ts";
import type { RequestFlow } from "../flow/request-flow.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { createChatEndpoint } from "./chat-endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { inputItems } from "./input-items.ts";
import { outputItems, type StoredConversations } from "./stored-conversations.ts";
import { createStoringDoor } from "./storing-door.ts";

/**
 * OpenAI's Responses. What `previous_response_id` names is put before the request's input here, so that any provider can go on with it and
 * its size is known before money is held; the answer is stored unless the client says `store: false`.
 */
export function createResponsesEndpoint(options: {
  readonly dialect: Dialect;
  readonly flow: RequestFlow;
  readonly conversations: StoredConversations;
  readonly authenticate: (secret: string | undefined) => Authentication | { kind: "refused"; refusal: Refusal };
}): Endpoint {
  const { dialect, conversations } = options;
  const endpoint = createChatEndpoint({ route: "/v1/responses", dialect, flow: options.flow });
  return {
    ...endpoint,
    async prepare(request, { secret, trace, signal, door }) {
      const payload = request.payload as BodyPayload;
      const { previous_response_id: previous, store } = payload.json;
      const stores = store !== false;
      const references = referencesIn(payload.json["input"]);
      if ((previous === undefined || previous === null) && references.length === 0 && !stores) {
        return { kind: "prepared", request, door };
      }
      const caller = options.authenticate(secret);
      if (caller.kind === "refused") return caller;
      const team = caller.key.team;

      let body = payload;
      if (previous !== undefined && previous !== null) {
        if (typeof previous !== "string" || previous === "" || previous.length > 256) {
          return refusedAs("previous_response_id is not the id of an answer");
        }
        const found = await conversations.find(team, previous, trace, signal);
        if (found.kind === "refused") return found;
        body = goOn(body, found.stored);
      }
      if (references.length > 0) {
        const found = await conversations.findItems(team, references, trace, signal);
        if (found.kind === "refused") return found;
        body = putInPlace(body, found.items);
      }
      let resolved = request;
      if (body !== payload) {
        const facts = dialect.readFacts(body.json);
        if (facts.kind === "invalid") return refusedAs(facts.problem.message, facts.problem.parameter);
        resolved = { facts: facts.value, payload: body };
      }
      return {
        kind: "prepared",
        request: resolved,
        door: stores ? createStoringDoor(door, body, previous ?? null, team, conversations) : door,
      };
    },
  };
}

function refusedAs(message: string, parameter = "previous_response_id") {
  return { kind: "refused" as const, refusal: refuse(ErrorReason.INVALID_REQUEST, message, { parameter }) };
}

/** The request with the conversation so far before its input. */
function goOn(
  payload: BodyPayload,
  stored: { readonly responseJson: Uint8Array; readonly inputJson: Uint8Array },
): BodyPayload {
  const before = JSON.parse(Buffer.from(stored.inputJson).toString()) as JsonValue[];
  const answer = JSON.parse(Buffer.from(stored.responseJson).toString()) as JsonObject;
  const input = [...before, ...outputItems(answer), ...inputItems(payload.json["input"])];
  const bytes = spliceJson(payload.bytes, { input: JSON.stringify(input), previous_response_id: "null" });
  return { ...payload, json: { ...payload.json, input, previous_response_id: null }, bytes };
}

/** The most items that one request may refer to. */
const maxReferences = 4096;

/** The ids of items that a request's input names in place of the items themselves. */
function referencesIn(input: JsonValue | undefined): readonly string[] {
  const ids = inputItems(input).flatMap((item) => referredId(item) ?? []);
  return [...new Set(ids)].slice(0, maxReferences);
}

function referredId(item: JsonValue): string | undefined {
  if (item === null || typeof item !== "object" || Array.isArray(item)) return undefined;
  const { type, id } = item as JsonObject;
  return type === "item_reference" && typeof id === "string" && id !== "" && id.length <= 512 ? id : undefined;
}

/** The request with the items that are stored here in place of their names. One that is not stays: its provider may have it. */
function putInPlace(payload: BodyPayload, items: ReadonlyMap<string, JsonObject>): BodyPayload {
  if (items.size === 0) return payload;
  const input = inputItems(payload.json["input"]).map((item) => items.get(referredId(item) ?? "") ?? item);
  const bytes = spliceJson(payload.bytes, { input: JSON.stringify(input) });
  return { ...payload, json: { ...payload.json, input }, bytes };
}
