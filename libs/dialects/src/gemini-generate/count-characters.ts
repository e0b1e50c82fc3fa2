import type { JsonObject } from "../dialect.ts";
import { arrayOf, stringOf } from "../json.ts";
import { messageOf } from "./camel-case.ts";

export type CountedCandidate = { readonly characters: number; readonly callsFunction: boolean };

/** Characters (UTF-16 units) of text, thoughts, arguments and code in a candidate of an answer or of a chunk. */
export function countCharacters(candidate: JsonObject): CountedCandidate {
  let characters = 0;
  let callsFunction = false;
  for (const entry of arrayOf(messageOf(candidate["content"])?.["parts"])) {
    const part = messageOf(entry);
    if (part === undefined) continue;
    const { text, functionCall } = part;
    if (typeof text === "string") characters += text.length;
    const call = messageOf(functionCall);
    if (call !== undefined) {
      callsFunction = true;
      if (call["args"] !== undefined) characters += JSON.stringify(call["args"]).length;
      for (const argument of arrayOf(call["partialArgs"])) {
        characters += (stringOf(messageOf(argument)?.["stringValue"]) ?? "").length;
      }
    }
    characters += (stringOf(messageOf(part["executableCode"])?.["code"]) ?? "").length;
    characters += (stringOf(messageOf(part["codeExecutionResult"])?.["output"]) ?? "").length;
  }
  return { characters, callsFunction };
}
