import { type Client, Code, ConnectError } from "@connectrpc/connect";
import type { StoredResponse, StoredResponseService } from "@sluice/api/sluice/cache/v1/stored_response_service";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { JsonObject } from "@sluice/dialects";
import { withTrace } from "@sluice/rpc";
import type { Logger, Span } from "@sluice/runtime";
import { type Refusal, refuse } from "../refusal.ts";

export type FoundConversation =
  | { readonly kind: "found"; readonly stored: StoredResponse }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Answers of the Responses dialect that clients may name again, by team. A store that is away is an error: nothing begins anew in silence. */
export interface StoredConversations {
  find(team: string, responseId: string, trace: Span, signal: AbortSignal): Promise<FoundConversation>;
  /** The items of stored answers that have one of these ids, by their ids. */
  findItems(
    team: string,
    itemIds: readonly string[],
    trace: Span,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: "found"; readonly items: ReadonlyMap<string, JsonObject> }
    | Extract<FoundConversation, { kind: "refused" }>
  >;
  /** Whether it is stored. Never rejects. */
  put(conversation: {
    team: string;
    responseId: string;
    responseJson: Uint8Array;
    inputJson: Uint8Array;
    itemIds: string[];
  }): Promise<boolean>;
  remove(team: string, responseId: string, trace: Span, signal: AbortSignal): Promise<Refusal | undefined>;
}

const readTimeoutMs = 3_000;
const writeTimeoutMs = 6_000;

export function createStoredConversations(options: {
  readonly service: Client<typeof StoredResponseService>;
  readonly logger: Logger;
}): StoredConversations {
  const { service, logger } = options;
  return {
    async find(team, responseId, trace, signal) {
      try {
        const call = withTrace(trace, { signal, timeoutMs: readTimeoutMs });
        const { storedResponse } = await service.getStoredResponse({ team, responseId }, call);
        if (storedResponse === undefined) return { kind: "refused", refusal: notStored(responseId) };
        return { kind: "found", stored: storedResponse };
      } catch (error) {
        return { kind: "refused", refusal: refusalOf(error, responseId) };
      }
    },
    async findItems(team, itemIds, trace, signal) {
      try {
        const call = withTrace(trace, { signal, timeoutMs: readTimeoutMs });
        const { storedResponses } = await service.findStoredItems({ team, itemIds: [...itemIds] }, call);
        const wanted = new Set(itemIds);
        const items = new Map<string, JsonObject>();
        for (const { responseJson } of storedResponses) {
          for (const item of outputItems(JSON.parse(Buffer.from(responseJson).toString()) as JsonObject)) {
            const id = item["id"];
            if (typeof id === "string" && wanted.has(id) && !items.has(id)) items.set(id, item);
          }
        }
        return { kind: "found", items };
      } catch (error) {
        return { kind: "refused", refusal: refusalOf(error, itemIds[0] ?? "") };
      }
    },
    async put(conversation) {
      try {
        await service.putStoredResponse({ storedResponse: conversation }, { timeoutMs: writeTimeoutMs });
        return true;
      } catch (error) {
        logger.warn("an answer was not stored: it cannot be named as `previous_response_id`", {
          detail: String(error),
        });
        return false;
      }
    },
    async remove(team, responseId, trace, signal) {
      try {
        await service.deleteStoredResponse(
          { team, responseId },
          withTrace(trace, { signal, timeoutMs: writeTimeoutMs }),
        );
        return undefined;
      } catch (error) {
        return refusalOf(error, responseId);
      }
    },
  };
}

function refusalOf(error: unknown, responseId: string): Refusal {
  const refused = ConnectError.from(error);
  if (refused.code === Code.NotFound || refused.code === Code.InvalidArgument) return notStored(responseId);
  if (refused.code === Code.Canceled) return refuse(ErrorReason.CALLER_GONE, "the caller left");
  return refuse(ErrorReason.STORE_UNAVAILABLE, "the store of answers cannot be reached: try again", {
    retryAfterMs: 1_000,
  });
}

function notStored(responseId: string): Refusal {
  const message = `no answer ${responseId.slice(0, 100)} is stored: it was never stored here, was deleted, or its time is over`;
  return refuse(ErrorReason.NOT_FOUND, message, { parameter: "previous_response_id" });
}

/** The items of an answer. */
export function outputItems(answer: JsonObject): readonly JsonObject[] {
  const { output } = answer;
  return Array.isArray(output)
    ? (output.filter((item) => item !== null && typeof item === "object") as JsonObject[])
    : [];
}
