import { readTokens, type Token } from "./tokens.ts";

export interface ImportStatement {
  readonly specifier: string;
  readonly line: number;
  /** `import type`, `export type` or a type written `import("…").Name`: gone when the program runs. */
  readonly typeOnly: boolean;
}

export interface SourceFacts {
  readonly imports: readonly ImportStatement[];
  /** Where the program reads time, chance, the environment or the network by a global name. */
  readonly ambient: readonly { readonly name: string; readonly line: number }[];
}

const ambientMembers: ReadonlySet<string> = new Set([
  "Date.now",
  "Math.random",
  "performance.now",
  "process.env",
  "process.hrtime",
  "crypto.randomUUID",
  "crypto.getRandomValues",
]);
const ambientCalls: ReadonlySet<string> = new Set(["fetch", "setTimeout", "setInterval", "setImmediate"]);

/** What a file imports, by static, dynamic and re-exporting statements, and what it reads from around it. */
export function readSource(source: string): SourceFacts {
  const tokens = readTokens(source);
  const imports: ImportStatement[] = [];
  const ambient: { name: string; line: number }[] = [];
  tokens.forEach((token, index) => {
    if (token.kind !== "word" || isMember(tokens, index)) return;
    if (token.text === "import") {
      const found = readImport(tokens, index);
      if (found !== undefined) imports.push({ ...found, line: token.line });
    } else if (token.text === "export") {
      const found = readFrom(tokens, index + 1);
      if (found !== undefined) imports.push({ ...found, line: token.line });
    } else {
      const name = readAmbient(tokens, index);
      if (name !== undefined) ambient.push({ name, line: token.line });
    }
  });
  return { imports, ambient };
}

type Found = Omit<ImportStatement, "line">;

function readImport(tokens: readonly Token[], index: number): Found | undefined {
  const next = tokens[index + 1];
  if (next?.kind === "string") return { specifier: next.text, typeOnly: false };
  const argument = tokens[index + 2];
  if (next?.text === "(" && argument?.kind === "string" && argument.text !== "") {
    return { specifier: argument.text, typeOnly: false };
  }
  return readFrom(tokens, index + 1);
}

/** Reads `{ a, type b } from "x"` and its like. Undefined: what stands there is something else. */
function readFrom(tokens: readonly Token[], start: number): Found | undefined {
  const first = tokens[start];
  const typeOnly = first?.text === "type" && tokens[start + 1]?.text !== "from";
  for (let index = start; index < tokens.length; index += 1) {
    const token = tokens[index];
    const next = tokens[index + 1];
    if (token?.text === "from" && next?.kind === "string") return { specifier: next.text, typeOnly };
    const isClause = token?.kind === "word" || token?.text === "{" || token?.text === "}" || token?.text === ",";
    if (!isClause && token?.text !== "*") return undefined;
    // `export const from` and the like: two words in a row are a clause only around `type` and `as`.
    if (token?.kind === "word" && declarationWords.has(token.text) && index === start) return undefined;
  }
  return undefined;
}

const declarationWords: ReadonlySet<string> = new Set(
  "const let var function async class abstract interface enum namespace declare default".split(" "),
);

function readAmbient(tokens: readonly Token[], index: number): string | undefined {
  const [word, mark, member] = [tokens[index], tokens[index + 1], tokens[index + 2]];
  if (mark?.text === "." && member?.kind === "word" && ambientMembers.has(`${word?.text}.${member.text}`)) {
    return `${word?.text}.${member.text}`;
  }
  // A declared method of that name is followed by a bracket too, but not preceded by nothing or an operator.
  if (word !== undefined && ambientCalls.has(word.text) && mark?.text === "(") return `${word.text}()`;
  const isNewDate = word?.text === "new" && mark?.text === "Date" && member?.text === "(";
  return isNewDate && tokens[index + 3]?.text === ")" ? "new Date()" : undefined;
}

/** Whether the word is a property's name after a dot. Three dots are a spread. */
function isMember(tokens: readonly Token[], index: number): boolean {
  return tokens[index - 1]?.text === "." && tokens[index - 2]?.text !== ".";
}
