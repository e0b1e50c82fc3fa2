import { describe, expect, it } from "vitest";
import { parseMultipart } from "./multipart.ts";

async function formOf(form: FormData) {
  const response = new Response(form);
  const type = response.headers.get("content-type") ?? undefined;
  return parseMultipart(type, Buffer.from(await response.arrayBuffer()));
}

describe("parseMultipart", () => {
  it("reads texts and files, binary ones byte for byte", async () => {
    const bytes = Buffer.from([0, 13, 10, 13, 10, 45, 45, 255]);
    const form = new FormData();
    form.append("model", "whisper-1");
    form.append("empty", "");
    form.append("file", new Blob([bytes], { type: "audio/wav" }), "Grüße.wav");
    form.append("timestamp_granularities[]", "word");
    form.append("timestamp_granularities[]", "segment");
    const parsed = await formOf(form);
    expect(parsed?.fields.get("model")).toEqual(["whisper-1"]);
    expect(parsed?.fields.get("empty")).toEqual([""]);
    expect(parsed?.fields.get("timestamp_granularities")).toEqual(["word", "segment"]);
    expect(parsed?.files.get("file")).toEqual([{ filename: "Grüße.wav", contentType: "audio/wav", bytes }]);
  });

  it("knows no form in anything else", () => {
    expect(parseMultipart("application/json", Buffer.from("{}"))).toBeUndefined();
    expect(parseMultipart("multipart/form-data; boundary=x", Buffer.from("--x\r\nnonsense\r\n--x--"))).toBeUndefined();
  });
});
