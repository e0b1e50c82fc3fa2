export type DataUrl = { readonly mediaType: string; readonly bytes: Uint8Array };

const pattern = /^data:([^,;]*)((?:;[^,;]*)*),/i;
const base64Text = /^[A-Za-z0-9+/\-_\s]*={0,2}\s*$/;

/** Undefined where the text is not a data URL (RFC 2397) or its base64 is not base64. */
export function parseDataUrl(url: string): DataUrl | undefined {
  const match = pattern.exec(url);
  if (match === null) return undefined;
  const mediaType = (match[1] ?? "").toLowerCase();
  const data = url.slice(match[0].length);
  if (/;base64$/i.test(match[2] ?? "")) {
    const bytes = decodeBase64(data);
    return bytes === undefined ? undefined : { mediaType, bytes };
  }
  try {
    return { mediaType, bytes: Buffer.from(decodeURIComponent(data), "utf8") };
  } catch {
    return undefined;
  }
}

export function isDataUrl(url: string): boolean {
  return url.length >= 5 && url.slice(0, 5).toLowerCase() === "data:";
}

export function formatDataUrl(mediaType: string, bytes: Uint8Array): string {
  return `data:${mediaType};base64,${encodeBase64(bytes)}`;
}

/** Undefined where the text is not base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  return base64Text.test(text) ? Buffer.from(text, "base64") : undefined;
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
