import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { DialectName, EncodedRequest } from "./dialect.ts";
import { parseJson } from "./json.ts";

type Bound = {
  readonly message: string;
  /** Whether the extension's value is the path to blame, and not its field. */
  readonly namesPath?: true;
};

/** Extensions without which a request means something else, by dialect and field: they are not dropped, the request is refused. */
const bound: Readonly<Record<string, Readonly<Record<string, Bound>>>> = {
  "cohere.chat": {
    documents: {
      message: "given beside the conversation, which other providers do not take; expected them in a message",
    },
  },
  "openai.responses": {
    previous_response_id: { message: "an answer that its provider keeps; expected the whole conversation in input" },
    conversation: { message: "a conversation that its provider keeps; expected the whole conversation in input" },
    prompt: { message: "a template that its provider keeps; expected its text in instructions and input" },
    background: { message: "the answer is to be made in the background, which its own providers alone can do" },
    "#item_reference": { message: "an item that its provider keeps; expected the item itself", namesPath: true },
  },
};

/**
 * Refuses a request that names what only providers of its own dialect have. Every dialect's `encodeRequest` asks this first of all. Undefined:
 * nothing of the kind.
 */
export function refuseBoundParameter(request: ChatRequest, dialect: DialectName): EncodedRequest | undefined {
  for (const extension of request.extensions) {
    if (extension.dialect === dialect) continue;
    const fields = Object.hasOwn(bound, extension.dialect) ? bound[extension.dialect] : undefined;
    const found = fields !== undefined && Object.hasOwn(fields, extension.field) ? fields[extension.field] : undefined;
    if (found === undefined) continue;
    const parameter = found.namesPath === true ? String(parseJson(extension.json)) : extension.field;
    const problem = { message: `${parameter}: ${found.message}`, parameter };
    return { kind: "refused", reason: ErrorReason.UNTRANSLATABLE, problem };
  }
  return undefined;
}
