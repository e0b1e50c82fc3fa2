import { decodeBase64 } from "../data-url.ts";
import type { EmbeddingEncoding } from "./embedding-request.ts";
import type { Embedding } from "./embedding-response.ts";

/** A vector of 32-bit floats, little-endian, in base64: OpenAI's and Cohere's `base64`. Undefined where it is not that. */
export function decodeFloats(base64: string): number[] | undefined {
  const bytes = decodeBase64(base64);
  if (bytes === undefined || bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true));
}

export function encodeFloats(vector: readonly number[]): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes.toString("base64");
}

/** The vector in a form: floats and their base64 are made of each other. Undefined where the provider did not give it. */
export function vectorOf(embedding: Embedding, encoding: EmbeddingEncoding): readonly number[] | string | undefined {
  const given = embedding[encoding];
  if (given !== undefined) return given;
  const { float, base64 } = embedding;
  if (encoding === "float" && typeof base64 === "string") return decodeFloats(base64);
  return encoding === "base64" && Array.isArray(float) ? encodeFloats(float) : undefined;
}
