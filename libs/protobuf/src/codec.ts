import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { compileReader } from "./decode-message.ts";
import { compileWriter, setFromInit } from "./encode-message.ts";
import { beginInput, endInput } from "./input.ts";
import { beginMessage, endMessage } from "./output.ts";
import { isSupported } from "./supported.ts";

/** What protobuf-es does with one message, compiled for it. Results and errors are those of protobuf-es, to the byte and the word. */
export interface Codec<Desc extends DescMessage = DescMessage> {
  /** `toBinary(schema, message)`. The bytes may be kept and are never written again; they are a view of a larger buffer. */
  encode(message: MessageShape<Desc>): Uint8Array;
  /** `toBinary(schema, create(schema, init))`, without making the message. */
  encodeInit(init: MessageInitShape<Desc>): Uint8Array;
  /** `fromBinary(schema, bytes)`. As there, bytes fields are views of `bytes`, which must not be written while the message is in use. */
  decode(bytes: Uint8Array): MessageShape<Desc>;
}

const codecs = new WeakMap<DescMessage, Codec>();

/** The codec of a message, compiled when it is first asked for. */
export function codecOf<Desc extends DescMessage>(schema: Desc): Codec<Desc> {
  let codec = codecs.get(schema);
  if (codec === undefined) {
    codec = isSupported(schema) ? compileCodec(schema) : createPlainCodec(schema);
    codecs.set(schema, codec);
  }
  return codec as unknown as Codec<Desc>;
}

export function encodeMessage<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  return codecOf(schema).encode(message);
}

export function encodeInit<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array {
  return codecOf(schema).encodeInit(init);
}

export function decodeMessage<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  return codecOf(schema).decode(bytes);
}

function createPlainCodec(schema: DescMessage): Codec {
  return {
    encode: (message) => toBinary(schema, message),
    encodeInit: (init) => toBinary(schema, create(schema, init)),
    decode: (bytes) => fromBinary(schema, bytes),
  };
}

/** Whether a message is being written or read: what is called from inside one (a getter) must not write over it. */
let busy = false;

/** Whatever the compiled code does not take or stumbles over is done by protobuf-es from the beginning. */
function compileCodec(schema: DescMessage): Codec {
  const plain = createPlainCodec(schema);
  const write = compileWriter(schema);
  const { read } = compileReader(schema);

  function tryEncode(message: unknown, fromInit: boolean): Uint8Array | undefined {
    if (busy) return undefined;
    busy = true;
    setFromInit(fromInit);
    try {
      return endMessage(write(beginMessage(), message as Record<string, unknown>));
    } catch {
      return undefined;
    } finally {
      busy = false;
    }
  }

  function tryDecode(bytes: Uint8Array): Message | undefined {
    try {
      beginInput(bytes);
      return read(bytes.length, 1) as unknown as Message;
    } catch {
      return undefined;
    } finally {
      endInput();
    }
  }

  return {
    encode: (message) => tryEncode(message, false) ?? plain.encode(message),
    encodeInit: (init) => tryEncode(init, true) ?? plain.encodeInit(init),
    decode: (bytes) => tryDecode(bytes) ?? plain.decode(bytes),
  };
}
