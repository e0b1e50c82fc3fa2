export { type Codec, codecOf, decodeMessage, encodeInit, encodeMessage } from "./codec.ts";
