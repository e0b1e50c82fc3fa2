import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, stringOf } from "../json.ts";
import { messageOf } from "./camel-case.ts";

// Vertex can tell a call's arguments as the model writes them (`streamFunctionCallArguments`): each piece has the JSON path of its value
// (RFC 9535: `$.recipe.steps[0].text`), and texts come in several pieces. (Types of `@google/genai` 3.1.0, seen 2026-11-22.)

const maxDepth = 64;
const maxItems = 65_536;

type Container = Record<string, unknown> | unknown[];

/** Puts the arguments of one call together. */
export interface PartialArguments {
  /** Takes the `partialArgs` of one chunk. A fault is returned, in words. */
  push(pieces: JsonValue | undefined): string | undefined;
  take(): JsonObject;
}

export function createPartialArguments(): PartialArguments {
  const root: Record<string, unknown> = {};

  function pushPiece(piece: JsonObject): string | undefined {
    const path = stringOf(piece["jsonPath"]) ?? "";
    const steps = readPath(path);
    if (steps === undefined || steps.length === 0)
      return `a partial argument at '${path.slice(0, 64)}', expected a JSON path`;
    let container: Container = root;
    for (const [place, step] of steps.entries()) {
      if (Array.isArray(container) !== (typeof step === "number"))
        return `a partial argument at '${path.slice(0, 64)}'`;
      const next = steps[place + 1];
      if (next === undefined) {
        write(container, step, piece);
        return undefined;
      }
      const before = get(container, step);
      const inner: Container = isContainer(before) ? before : typeof next === "number" ? [] : {};
      if (inner !== before) set(container, step, inner);
      container = inner;
    }
    return undefined;
  }

  return {
    push(pieces) {
      for (const entry of arrayOf(pieces)) {
        const piece = messageOf(entry);
        const fault = piece === undefined ? "a partial argument that is no object" : pushPiece(piece);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
    take: () => root as JsonObject,
  };
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function write(container: Container, step: string | number, piece: JsonObject): void {
  const before = get(container, step);
  const text = piece["stringValue"];
  if (typeof text === "string") set(container, step, (typeof before === "string" ? before : "") + text);
  else if (piece["numberValue"] !== undefined) set(container, step, piece["numberValue"]);
  else if (piece["boolValue"] !== undefined) set(container, step, piece["boolValue"]);
  else if (piece["nullValue"] !== undefined) set(container, step, null);
}

/** Its own member, not one that every object has. */
function get(container: Container, step: string | number): unknown {
  return Object.hasOwn(container, step) ? Reflect.get(container, step) : undefined;
}

/** Sets a member as JSON.parse would: `__proto__` is one like any other. */
function set(container: Container, step: string | number, value: unknown): void {
  Object.defineProperty(container, step, { value, enumerable: true, configurable: true, writable: true });
}

const pathStep = /\.([^.[\]'"]+)|\[(\d{1,6})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/gy;

/** The members and places that a JSON path leads through. Undefined: it is none that names one value, or too deep. */
function readPath(path: string): readonly (string | number)[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: (string | number)[] = [];
  pathStep.lastIndex = 1;
  while (pathStep.lastIndex < path.length) {
    const match = pathStep.exec(path);
    if (match === null || steps.length >= maxDepth) return undefined;
    const [, name, place, single, double] = match;
    if (place !== undefined) {
      if (Number(place) >= maxItems) return undefined;
      steps.push(Number(place));
    } else steps.push(name ?? (single ?? double ?? "").replace(/\\(.)/g, "$1"));
  }
  return steps;
}
