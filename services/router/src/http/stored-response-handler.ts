import type { IncomingMessage, ServerResponse } from "node:http";
import { dialects, type JsonObject } from "@sluice/dialects";
import { type Clock, decideTrace, type IdSource } from "@sluice/runtime";
import { authenticate, readSecret } from "../authenticate.ts";
import { createReport } from "../flow/report.ts";
import type { SnapshotHolder } from "../snapshot/snapshot-holder.ts";
import { createHttpDoor, writeWhole } from "./http-door.ts";
import { reportHeaders } from "./report-headers.ts";
import { headerReader } from "./serve-request.ts";
import type { StoredConversations } from "./stored-conversations.ts";

/** What is asked of a stored answer. */
export type StoredResponseCall = {
  readonly method: "GET" | "DELETE";
  readonly responseId: string;
  readonly part: "response" | "input_items";
};

/** Serves `GET` and `DELETE /v1/responses/{id}` and `GET /v1/responses/{id}/input_items` to the team whose answer it is. */
export function createStoredResponseHandler(options: {
  readonly conversations: StoredConversations;
  readonly snapshots: SnapshotHolder;
  readonly ids: IdSource;
  readonly clock: Clock;
}) {
  const { conversations, snapshots, ids, clock } = options;

  return async (call: StoredResponseCall, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const header = headerReader(request);
    const report = createReport(ids.requestId());
    const left = new AbortController();
    response.once("close", () => left.abort());
    const door = createHttpDoor({ dialect: dialects["openai.chat"], response, left: left.signal });
    const held = snapshots.current(clock.now());
    const caller = held.kind === "held" ? authenticate(held.index, readSecret(header), clock.now()) : held;
    if (caller.kind === "refused" || caller.kind === "unavailable") {
      door.fail(caller.refusal, report);
      return;
    }
    const { team } = caller.key;
    const trace = decideTrace(header("traceparent"), header("tracestate"));
    const answer = (body: JsonObject) => {
      if (left.signal.aborted) return;
      writeWhole(response, 200, Buffer.from(JSON.stringify(body)), "application/json", reportHeaders(report));
    };

    if (call.method === "DELETE") {
      const refusal = await conversations.remove(team, call.responseId, trace, left.signal);
      if (refusal !== undefined) door.fail(refusal, report);
      else answer({ id: call.responseId, object: "response", deleted: true });
      return;
    }
    const found = await conversations.find(team, call.responseId, trace, left.signal);
    if (found.kind === "refused") {
      door.fail(found.refusal, report);
      return;
    }
    const { responseJson, inputJson } = found.stored;
    if (call.part === "response") {
      writeWhole(response, 200, responseJson, "application/json", reportHeaders(report));
      return;
    }
    const data = JSON.parse(Buffer.from(inputJson).toString()) as readonly JsonObject[];
    const idOf = (item: JsonObject | undefined) => item?.["id"] ?? null;
    answer({ object: "list", data, first_id: idOf(data[0]), last_id: idOf(data.at(-1)), has_more: false });
  };
}
