import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { MediaSchema } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, it } from "vitest";
import { decodeSource, encodeDocumentSource, encodeImageSource } from "./media.ts";

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUg==", "base64");

function media(source: MessageInitShape<typeof MediaSchema>["source"], mediaType = "") {
  return create(MediaSchema, { source: source ?? { case: undefined }, mediaType });
}

describe("sources", () => {
  it.each([
    { type: "base64", media_type: "image/png", data: png.toString("base64") },
    { type: "url", url: "https://example.com/cat.png" },
    { type: "file", file_id: "file_011" },
  ])("of a picture come back: $type", (source) => {
    const decoded = decodeSource(source);
    if (decoded.kind !== "media") throw new Error(decoded.kind);
    expect(encodeImageSource(decoded.media)).toEqual({ kind: "source", source });
  });

  it.each([
    { type: "base64", media_type: "application/pdf", data: "JVBERi0xLjQK" },
    { type: "text", media_type: "text/plain", data: "Wörter 👋" },
    { type: "url", url: "https://example.com/paper.pdf" },
  ])("of a document come back: $type", (source) => {
    const decoded = decodeSource(source);
    if (decoded.kind !== "media") throw new Error(decoded.kind);
    expect(encodeDocumentSource(decoded.media)).toEqual({ kind: "source", source });
  });

  it("say what is wrong with them", () => {
    expect(decodeSource({ type: "base64", media_type: "image/png", data: "§§" })).toMatchObject({ field: "data" });
    expect(decodeSource({ type: "base64", data: "AAAA" })).toMatchObject({ field: "media_type" });
    expect(decodeSource({ type: "url" })).toMatchObject({ field: "url", message: "Field required" });
    expect(decodeSource({ type: "carrier_pigeon" })).toEqual({ kind: "unknown" });
  });
});

describe("pictures and documents of other dialects", () => {
  it("takes data URLs, and tells a picture without a type by its bytes", () => {
    const source = { type: "base64", media_type: "image/png", data: png.toString("base64") };
    const url = `data:image/png;base64,${png.toString("base64")}`;
    expect(encodeImageSource(media({ case: "url", value: url }))).toEqual({ kind: "source", source });
    expect(encodeImageSource(media({ case: "inlineData", value: png }))).toEqual({ kind: "source", source });
  });

  it.each([
    [media({ case: "inlineData", value: Buffer.from("BM") }, "image/bmp"), /type image\/bmp/],
    [media({ case: "inlineData", value: Buffer.from("?") }), /that is not said/],
    [media({ case: "fileId", value: "file-abc" }), /uploaded to another provider/],
    [media({ case: "url", value: "data:image/png;base64" }), /data URL/],
    [media({ case: undefined }), /neither bytes/],
  ])("refuses what Anthropic cannot take, and says why", (found, reason) => {
    const encoded = encodeImageSource(found);
    expect(encoded.kind === "refused" && encoded.message).toMatch(reason);
  });

  it("sends other text as plain text, says so, and refuses what is neither text nor PDF", () => {
    expect(encodeDocumentSource(media({ case: "inlineData", value: Buffer.from("# Hi") }, "text/markdown"))).toEqual({
      kind: "source",
      source: { type: "text", media_type: "text/plain", data: "# Hi" },
      conversion: "text/markdown sent as text/plain",
    });
    const word = encodeDocumentSource(media({ case: "inlineData", value: png }, "application/msword"));
    expect(word.kind === "refused" && word.message).toMatch(/application\/msword/);
  });
});
