/** A token of TypeScript source, as far as import statements need it: comments, numbers and templates' texts are left out. */
export interface Token {
  readonly kind: "word" | "string" | "mark";
  /** The word, the string's contents as they are written, or one character of punctuation. */
  readonly text: string;
  readonly line: number;
}

const wordStart = /[\p{ID_Start}$_#@]/u;
const wordPart = /[\p{ID_Continue}$\u200c\u200d]/u;
/** After these a slash begins a regular expression. After any other word, a closing bracket or a string it divides. */
const wordsBeforeRegex = new Set(
  "return typeof instanceof in of new delete void throw case do else yield await default".split(" "),
);

/** Cuts source into tokens. Never throws: what it cannot read ends the list early. */
export function readTokens(source: string): readonly Token[] {
  const tokens: Token[] = [];
  /** For each open template: how many braces are open inside its current expression. */
  const templates: number[] = [];
  let line = 1;
  let at = 0;

  const push = (kind: Token["kind"], text: string): number => tokens.push({ kind, text, line });

  while (at < source.length) {
    const char = source.charAt(at);
    const next = source.charAt(at + 1);
    if (char === "\n") {
      line += 1;
      at += 1;
    } else if (char === "/" && next === "/") {
      at = indexOrEnd(source, "\n", at);
    } else if (char === "/" && next === "*") {
      skipTo(indexOrEnd(source, "*/", at + 2) + 2);
    } else if (char === '"' || char === "'") {
      const end = endOfString(source, at, char);
      push("string", source.slice(at + 1, end));
      skipTo(end + 1);
    } else if (char === "`") {
      readTemplate(at + 1);
    } else if (char === "/" && regexMayStart(tokens.at(-1))) {
      skipTo(endOfRegex(source, at));
      push("string", "");
    } else if (wordStart.test(char)) {
      let end = at + 1;
      while (end < source.length && wordPart.test(source.charAt(end))) end += 1;
      push("word", source.slice(at, end));
      at = end;
    } else if (/\d/.test(char)) {
      let end = at + 1;
      while (end < source.length && /[\w.]/.test(source.charAt(end))) end += 1;
      push("string", "");
      at = end;
    } else {
      readMark(char);
    }
  }
  return tokens;

  function readMark(char: string): void {
    at += 1;
    if (/\s/.test(char)) return;
    const open = templates.at(-1);
    if (open !== undefined && char === "{") templates[templates.length - 1] = open + 1;
    if (open !== undefined && char === "}") {
      if (open === 0) {
        templates.pop();
        push("mark", ")");
        readTemplate(at);
        return;
      }
      templates[templates.length - 1] = open - 1;
    }
    push("mark", char);
  }

  /** Reads a template's text up to its end or to its next expression, which is read as source between brackets. */
  function readTemplate(from: number): void {
    for (let end = from; end < source.length; end += 1) {
      const char = source.charAt(end);
      if (char === "\\") end += 1;
      else if (char === "`") {
        skipTo(end + 1);
        push("string", "");
        return;
      } else if (char === "$" && source.charAt(end + 1) === "{") {
        skipTo(end + 2);
        push("mark", "(");
        templates.push(0);
        return;
      }
    }
    at = source.length;
  }

  function skipTo(end: number): void {
    for (const char of source.slice(at, end)) if (char === "\n") line += 1;
    at = end;
  }
}

function regexMayStart(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "word") return wordsBeforeRegex.has(before.text);
  return before.kind === "mark" && before.text !== ")" && before.text !== "]" && before.text !== "}";
}

function endOfString(source: string, start: number, quote: string): number {
  let end = start + 1;
  while (end < source.length && source.charAt(end) !== quote) end += source.charAt(end) === "\\" ? 2 : 1;
  return end;
}

function endOfRegex(source: string, start: number): number {
  let inClass = false;
  for (let end = start + 1; end < source.length; end += 1) {
    const char = source.charAt(end);
    if (char === "\\") end += 1;
    else if (char === "\n") return end;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return end + 1;
  }
  return source.length;
}

function indexOrEnd(source: string, text: string, from: number): number {
  const index = source.indexOf(text, from);
  return index === -1 ? source.length : index;
}
