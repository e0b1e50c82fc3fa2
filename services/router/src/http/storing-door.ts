import type { JsonObject, JsonValue } from "@sluice/dialects";
import { createSseDecoder } from "@sluice/sse";
import type { BodyPayload } from "../flow/gateway-request.ts";
import type { HttpDoor } from "./http-door.ts";
import { inputItems } from "./input-items.ts";
import { outputItems, type StoredConversations } from "./stored-conversations.ts";

/** A door that stores the answer before its end reaches the caller: who names it at once finds it. */
export function createStoringDoor(
  door: HttpDoor,
  payload: BodyPayload,
  previous: JsonValue,
  team: string,
  conversations: StoredConversations,
): HttpDoor {
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
      itemIds: outputItems(answer).flatMap(({ id }) =>
        typeof id === "string" && id !== "" && id.length <= 512 ? [id] : [],
      ),
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
