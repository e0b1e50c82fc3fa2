import type { JsonObject } from "../json.ts";

/** A response that was kept, with the whole conversation up to and including it. */
export interface StoredResponse {
  readonly response: JsonObject;
  /** Input items of its own request. */
  readonly input: readonly JsonObject[];
  readonly conversation: readonly JsonObject[];
}

/** Responses made with `store` (the default). The oldest go first. */
export interface ResponseStore {
  put(id: string, stored: StoredResponse): void;
  get(id: string): StoredResponse | undefined;
  delete(id: string): boolean;
  /** An output item of a kept response, and the reasoning item that came before it in the same response. */
  findItem(itemId: string): { readonly item: JsonObject; readonly reasoningId: string | undefined } | undefined;
  reset(): void;
}

const MAX_RESPONSES = 1000;

export function createResponseStore(): ResponseStore {
  const responses = new Map<string, StoredResponse>();
  return {
    put(id, stored) {
      responses.set(id, stored);
      const oldest = responses.keys().next().value;
      if (responses.size > MAX_RESPONSES && oldest !== undefined) {
        responses.delete(oldest);
      }
    },
    get: (id) => responses.get(id),
    delete: (id) => responses.delete(id),
    findItem(itemId) {
      for (const { response } of responses.values()) {
        const output = response["output"] as readonly JsonObject[];
        const at = output.findIndex((item) => item["id"] === itemId);
        const item = output[at];
        if (item !== undefined) {
          const reasoning = output.slice(0, at).findLast((before) => before["type"] === "reasoning");
          return { item, reasoningId: reasoning && String(reasoning["id"]) };
        }
      }
      return undefined;
    },
    reset: () => responses.clear(),
  };
}
