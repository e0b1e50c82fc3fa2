/** A file of a form. */
export interface FormFile {
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** A multipart form: texts and files by field, each in the order they came; `images[]` is `images`. */
export interface MultipartForm {
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly files: ReadonlyMap<string, readonly FormFile[]>;
}

/** The form in a body of this content type, or undefined where it is none or is broken. */
export function parseMultipart(contentType: string | undefined, body: Buffer): MultipartForm | undefined {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType ?? "")?.[1];
  if (boundary === undefined) {
    return undefined;
  }
  const fields = new Map<string, string[]>();
  const files = new Map<string, FormFile[]>();
  for (const part of splitParts(body, boundary)) {
    const end = part.indexOf("\r\n\r\n");
    const headers = part.toString("utf8", 0, Math.max(0, end));
    const name = /name="([^"]*)"/.exec(headers)?.[1]?.replace(/\[\]$/, "");
    if (end === -1 || name === undefined) {
      return undefined;
    }
    const bytes = part.subarray(end + 4);
    const filename = /filename="([^"]*)"/.exec(headers)?.[1];
    if (filename === undefined) {
      fields.set(name, [...(fields.get(name) ?? []), bytes.toString()]);
    } else {
      const type = /^content-type: *(.+)$/im.exec(headers)?.[1]?.trim() ?? "application/octet-stream";
      files.set(name, [...(files.get(name) ?? []), { filename, contentType: type, bytes }]);
    }
  }
  return { fields, files };
}

function splitParts(body: Buffer, boundary: string): readonly Buffer[] {
  const mark = `--${boundary}`;
  const parts: Buffer[] = [];
  let start = body.indexOf(mark);
  while (start !== -1) {
    const from = start + mark.length + 2;
    const next = body.indexOf(`\r\n${mark}`, from - 2);
    if (next === -1) {
      break;
    }
    parts.push(body.subarray(from, next));
    start = next + 2;
  }
  return parts;
}
