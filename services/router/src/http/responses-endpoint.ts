import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type Dialect, type JsonObject, type JsonValue, spliceJson } from "@sluice/dialects";
import { createSseDecoder } from "@sluice/sse";
import type { Authentication } from "../authenticate.ts";
import type { BodyPayload } from "../flow/gateway-request.ts";
import type { RequestFlow } from "../flow/request-flow.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { createChatEndpoint } from "./chat-endpoint.ts";
import type { Endpoint, EndpointRequest } from "./endpoint.ts";
import type { HttpDoor } from "./http-door.ts";
import type { StoredConversations } from "./stored-conversations.ts";

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
      if ((previous === undefined || previous === null) && !stores) return { kind: "prepared", request, door };
      const caller = options.authenticate(secret);
      if (caller.kind === "refused") return caller;
      const team = caller.key.team;

      let resolved = request;
      if (previous !== undefined && previous !== null) {
        if (typeof previous !== "string" || previous === "" || previous.length > 256) {
          const message = "previous_response_id is not the id of an answer";
          return refusedAs(message);
        }
        const found = await conversations.find(team, previous, trace, signal);
        if (found.kind === "refused") return found;
        const body = goOn(payload, found.stored);
        const facts = dialect.readFacts(body.json);
        if (facts.kind === "invalid") return refusedAs(facts.problem.message, facts.problem.parameter);
        resolved = { facts: facts.value, payload: body };
      }
      if (!stores) return { kind: "prepared", request: resolved, door };
      return {
        kind: "prepared",
        request: resolved,
        door: storing(door, resolved, previous ?? null, team, conversations),
      };
    },
  };
}

function refusedAs(message: string, parameter = "previous_response_id") {
  return { kind: "refused" as const, refusal: refuse(ErrorReason.INVALID_REQUEST, message, { parameter }) };
}

/** The request with the conversation so far as its input. */
function goOn(
  payload: BodyPayload,
  stored: { readonly responseJson: Uint8Array; readonly inputJson: Uint8Array },
): BodyPayload {
  const before = JSON.parse(textOf(stored.inputJson)) as JsonValue[];
  const answer = JSON.parse(textOf(stored.responseJson)) as JsonObject;
  const output = Array.isArray(answer["output"]) ? (answer["output"] as readonly JsonValue[]) : [];
  const input = [...before, ...output, ...inputItems(payload.json["input"])];
  const json: JsonObject = { ...payload.json, input, previous_response_id: null };
  const bytes = spliceJson(payload.bytes, { input: JSON.stringify(input), previous_response_id: "null" });
  return { ...payload, json, bytes };
}

/** A request's input as items: a text is a user's message. */
export function inputItems(input: JsonValue | undefined): readonly JsonValue[] {
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  return Array.isArray(input) ? input : [];
}

/** A door that stores the answer before its end reaches the caller: who names it at once finds it. */
function storing(
  door: HttpDoor,
  request: EndpointRequest,
  previous: JsonValue,
  team: string,
  conversations: StoredConversations,
): HttpDoor {
  const payload = request.payload as BodyPayload;
  const sse = createSseDecoder({ maxEventBytes: maxStoredEventBytes });
  let readable = true;

  async function put(answer: JsonObject): Promise<void> {
    const responseId = answer["id"];
    if (typeof responseId !== "string" || responseId === "" || responseId.length > 256) return;
    const told = { ...answer, store: true, previous_response_id: previous };
    await conversations.put({
      team,
      responseId,
      responseJson: Buffer.from(JSON.stringify(told)),
      inputJson: Buffer.from(JSON.stringify(inputItems(payload.json["input"]))),
    });
  }

  /** The answer that a stream's last event holds, where these bytes have that event. */
  function completed(bytes: Uint8Array): JsonObject | undefined {
    if (!readable) return undefined;
    for (const item of sse.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
      if (item.kind === "error") {
        readable = false;
        return undefined;
      }
      if (!item.data.includes('"response.completed"') && !item.data.includes('"response.incomplete"')) continue;
      const event = parseObject(item.data);
      const type = event?.["type"];
      if (type === "response.completed" || type === "response.incomplete") {
        return event?.["response"] as JsonObject | undefined;
      }
    }
    return undefined;
  }

  return {
    get status() {
      return door.status;
    },
    async whole(answer, report) {
      const json = answer.kind === "body" ? parseObject(textOf(answer.bytes)) : undefined;
      if (json !== undefined) await put(json);
      await door.whole(answer, report);
    },
    begin: (report, head) => door.begin(report, head),
    piece(piece) {
      const answer = piece.kind === "body" ? completed(piece.bytes) : undefined;
      if (answer === undefined) return door.piece(piece);
      return put(answer).then(() => door.piece(piece));
    },
    end: (report) => door.end(report),
    fail: (refusal, report) => door.fail(refusal, report),
  };
}

/** The last event holds the whole answer, pictures that it made included. */
const maxStoredEventBytes = 32 * 1024 * 1024;

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
