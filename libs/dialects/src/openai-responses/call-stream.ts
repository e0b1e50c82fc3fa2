import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { isObject, stringOf } from "../json.ts";
import { createProblems } from "../request-problem.ts";
import { decodeItem, readCallExtensions } from "./decode-item.ts";
import { type ItemStream, type PieceSink, restOf } from "./piece-sink.ts";
import { itemType } from "./wire.ts";

type State =
  | { readonly phase: "held" }
  | { readonly phase: "open"; readonly part: number }
  | { readonly phase: "ended" };

/** A call of the caller's tool. It is held until its name and its id are known. */
export function createCallStream(opening: JsonObject, sink: PieceSink): ItemStream {
  const isCustom = itemType(opening) === "custom_tool_call";
  const field = isCustom ? "input" : "arguments";
  let state: State = { phase: "held" };
  let known = opening;
  let told = "";

  function begin(): void {
    const id = stringOf(known["call_id"]) ?? "";
    const tool = stringOf(known["name"]) ?? "";
    if (state.phase !== "held" || id === "" || tool === "") return;
    const part = sink.next();
    state = { phase: "open", part };
    const signed = sink.callSignatures.get(id);
    const value = {
      id: id.slice(0, 1024),
      tool: tool.slice(0, 256),
      toolKind: isCustom ? ToolCallKind.CUSTOM : ToolCallKind.UNSPECIFIED,
      ...(signed !== undefined && { signature: signed.value, signer: signed.signer }),
      extensions: readCallExtensions({ ...known, status: undefined }),
    };
    sink.emit({ case: "toolCallStart", value }, part);
    if (told !== "") sink.emit({ case: "toolCallDelta", value: { arguments: told } }, part);
  }

  function say(text: string): void {
    told += text;
    if (state.phase === "open" && text !== "") {
      sink.emit({ case: "toolCallDelta", value: { arguments: text } }, state.part);
    }
  }

  function close(): void {
    if (state.phase === "open") sink.emit({ case: "toolCallEnd", value: {} }, state.part);
    state = { phase: "ended" };
  }

  begin();
  say(readInput(opening[field]));

  return {
    push(type, data) {
      if (type.endsWith(".delta")) {
        const { delta } = data;
        if (typeof delta !== "string") return `${type} without a delta`;
        if (state.phase === "ended") return `${type} after its end`;
        say(delta);
      } else if (type.endsWith(".done")) say(restOf(readInput(data[field]), told));
      return undefined;
    },
    end(item) {
      known = { ...known, ...item };
      begin();
      if (state.phase === "held") return "a tool call without a name or an id";
      say(restOf(readInput(known[field]), told));
      // The hub's form of no arguments.
      if (told.trim() === "" && !isCustom) say("{}");
      close();
      return undefined;
    },
    close,
  };
}

/** Some servers write arguments as the object itself. */
function readInput(value: JsonObject[string]): string {
  return isObject(value) ? JSON.stringify(value) : (stringOf(value) ?? "");
}

/** An item that is told when it is done: what its provider ran, what only this dialect knows. */
export function createWholeStream(opening: JsonObject, sink: PieceSink): ItemStream {
  return {
    push: () => undefined,
    end(item) {
      const problems = createProblems();
      for (const part of decodeItem(item ?? opening, "output", problems)) {
        sink.emit({ case: "wholePart", value: part }, sink.next());
      }
      return problems.first?.message;
    },
    close() {},
  };
}
