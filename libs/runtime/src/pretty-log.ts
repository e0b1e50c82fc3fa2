const colours: Readonly<Record<string, string>> = { debug: "90", info: "36", warn: "33", error: "31" };

/** One JSON line of the logger as a person reads it: time, level, service, message, fields. What is not JSON stays as it is. */
export function formatLogLine(line: string, coloured: boolean): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, time, service, msg, ...fields } = record;
  const paint = (code: string, text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  const clock = typeof time === "number" ? new Date(time).toISOString().slice(11, 23) : "";
  const label = String(level);
  const rest = Object.entries(fields).map(([name, value]) => `${paint("90", `${name}=`)}${formatValue(value)}`);
  const head = `${paint("90", clock)} ${paint(colours[label] ?? "0", label.padEnd(5))} ${paint("90", String(service))}`;
  return `${[head, String(msg), ...rest].join(" ")}\n`;
}

function formatValue(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  const stack = (value as { readonly stack?: unknown } | null)?.stack;
  if (typeof stack === "string") return `\n    ${stack.replaceAll("\n", "\n    ")}`;
  return JSON.stringify(value);
}
