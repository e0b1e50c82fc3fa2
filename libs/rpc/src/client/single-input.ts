/** The one message of a call whose input is a stream in name only: read without running an iterator where the transport is ours. */
export class SingleInput<T> implements AsyncIterable<T> {
  readonly message: T;

  constructor(message: T) {
    this.message = message;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    yield this.message;
  }
}

/** The first message of an input, undefined where there is none. */
export async function firstOf<T>(input: AsyncIterable<T>): Promise<T | undefined> {
  if (input instanceof SingleInput) return input.message as T;
  for await (const message of input) return message;
  return undefined;
}
