const messageLine = /^message (\w+) \{/;
const fieldLine = /^ {2}(?:optional |repeated )?[\w.]+(?:<[^>]+>)? (\w+) = \d+/;
const commentLine = /^\s*\/\/ ?(.*)$/;

/** The comments of the messages of a formatted `.proto`, by `Message`, and of their fields, by `Message.field`. */
export function readProtoComments(proto: string): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  let message = "";
  let pending: string[] = [];
  for (const line of proto.split("\n")) {
    const comment = commentLine.exec(line);
    if (comment !== null) {
      pending.push(comment[1] ?? "");
      continue;
    }
    const name = messageLine.exec(line)?.[1];
    if (name !== undefined) message = name;
    const field = fieldLine.exec(line)?.[1];
    const key = name ?? (field === undefined ? undefined : `${message}.${field}`);
    if (key !== undefined && pending.length > 0) comments.set(key, pending.filter((part) => part !== "").join(" "));
    pending = [];
  }
  return comments;
}
