import type { Part } from "@sluice/api/sluice/chat/v1/content";
import { decodeBase64 } from "../data-url.ts";
import type { JsonObject } from "../dialect.ts";
import { stringOf } from "../json.ts";
import { decodeAudio } from "./decode-response.ts";

/** Collects `delta.audio`: the hub has sound whole. Each piece of data is base64 of its own. */
export interface AudioStream {
  push(delta: JsonObject): string | undefined;
  take(): Part;
}

const maxBytes = 64 * 1024 * 1024;

export function createAudioStream(): AudioStream {
  const pieces: Uint8Array[] = [];
  let byteLength = 0;
  let id = "";
  let transcript = "";
  let expiresAt: JsonObject["expires_at"];
  return {
    push(delta) {
      id = stringOf(delta["id"]) ?? id;
      transcript += stringOf(delta["transcript"]) ?? "";
      expiresAt = delta["expires_at"] ?? expiresAt;
      const data = decodeBase64(stringOf(delta["data"]) ?? "");
      if (data === undefined) return "audio data is not base64";
      byteLength += data.length;
      if (byteLength > maxBytes) return `more than ${maxBytes} bytes of audio`;
      pieces.push(data);
      return undefined;
    },
    take() {
      const data = Buffer.concat(pieces).toString("base64");
      const part = decodeAudio({ id, transcript, data, expires_at: expiresAt });
      if (part === undefined) throw new Error("audio that was collected cannot be read");
      return part;
    },
  };
}
