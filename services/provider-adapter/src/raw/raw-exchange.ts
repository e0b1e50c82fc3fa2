/** One call to a provider as it was made and answered, without credentials. */
export type RawExchange = {
  readonly requestId: string;
  readonly attemptId: string;
  /** Its place among the calls of the attempt, from 0. */
  readonly sequence: number;
  /** Format: {provider}/{model}. */
  readonly model: string;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: Uint8Array;
  /** 0: there was no answer. */
  readonly responseStatus: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** As far as it came, and as far as it is kept; decompressed. */
  readonly responseBody: Uint8Array;
  readonly truncated: boolean;
  /** Epoch milliseconds, as are all times here. */
  readonly startMs: number;
};

export type KeptExchange = RawExchange & { readonly expireMs: number };

/** How much memory it takes, about. */
export function sizeOf({ requestBody, responseBody }: RawExchange): number {
  return requestBody.length + responseBody.length + 4_096;
}

/** Exchanges that were kept on demand. */
export interface RawExchanges {
  /** Returns at once; never throws. */
  keep(exchange: RawExchange): void;
  /** Those of a request that are not forgotten yet, in the order in which they were made. */
  list(requestId: string): Promise<readonly KeptExchange[]>;
}
