import { createHash } from "node:crypto";
import type { JsonValue } from "../dialect.ts";

// Many of Google's models give calls no id (the newest do): results belong to calls by name and order. The hub and other dialects need ids, so
// calls without one get one that begins so, of letters that every provider takes and at most 40 of them, which is OpenAI's limit. By its
// beginning it is known when it comes back, and is not sent to Google. Google's own ids, and other providers', are sent: Google takes any
// (recorded request with ids of a client's own making).
const madePrefix = "gemini_call_";

/** Whether the id was made here, for a call that had none. */
export function isMadeCallId(id: string): boolean {
  return id.startsWith(madePrefix);
}

/** Gives calls ids where they have none, and results the ids of the calls that they answer. */
export interface CallIds {
  /** The id of a call, in the order in which calls stand. */
  call(id: string, name: string, content: JsonValue): string;
  /** The id of the call that a result answers: its own, else that of the first call of that name without a result. */
  result(id: string, name: string): string;
  /** The id of a piece of code that the provider ran, or of another tool of its own. */
  code(id: string, content: JsonValue): string;
  /** The id of the code that a result belongs to: its own, else that of the piece before it. */
  codeResult(id: string): string;
}

function createCallIds(createId: (call: number, content: JsonValue) => string): CallIds {
  const open: { readonly id: string; readonly name: string }[] = [];
  let made = 0;
  let lastCode = "";
  const idOf = (id: string, content: JsonValue) => (id === "" ? createId(made++, content) : id).slice(0, 1024);
  return {
    call(id, name, content) {
      const known = idOf(id, content);
      open.push({ id: known, name });
      return known;
    },
    result(id, name) {
      const place = open.findIndex((call) => (id === "" ? call.name === name : call.id === id));
      const call = place < 0 ? undefined : open.splice(place, 1)[0];
      return call?.id ?? idOf(id, name);
    },
    code(id, content) {
      lastCode = idOf(id, content);
      return lastCode;
    },
    codeResult: (id) => (id === "" && lastCode !== "" ? lastCode : idOf(id, "")),
  };
}

/** For the turns of a request: numbered through the conversation, which its client sends whole each time. */
export function createConversationCallIds(): CallIds {
  return createCallIds((call) => `${madePrefix}${call}`);
}

/** For one candidate of an answer: after the answer's id, or after what is called where it has none. The same whenever it is read again. */
export function createAnswerCallIds(responseId: string, candidate: number): CallIds {
  const own = responseId.replace(/[^A-Za-z0-9]/g, "").slice(-20);
  return createCallIds((call, content) => `${madePrefix}${own === "" ? digest(content) : own}_${candidate}_${call}`);
}

function digest(content: JsonValue): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 20);
}
