import { readModelMaker } from "./model-maker.ts";
import { formatsOfOthers } from "./reasoning-format.ts";

/**
 * Whether a request may send a model back what another maker signed: an entry of `reasoning_details` in another's format, or Google's
 * signature over a call or a text. Told by words that stand in such requests alone; of models whose maker is not known, never.
 */
export function holdsForeignHistory(body: Uint8Array, model: string): boolean {
  const maker = readModelMaker(model);
  if (maker === "") return false;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const words = formatsOfOthers(maker);
  return words.some((word) => bytes.includes(word)) || (maker !== "google" && bytes.includes('"thought_signature"'));
}
