import type { Attempt } from "@sluice/api/sluice/provider/v1/attempt";
import type { Clock } from "@sluice/runtime";
import type { UpstreamCall, UpstreamHeaders, UpstreamHttp } from "../upstream/upstream-http.ts";
import type { RawExchanges } from "./raw-exchange.ts";
import { requestHeadersToKeep, responseHeadersToKeep, urlToKeep } from "./remove-credentials.ts";

export type CaptureOptions = {
  readonly exchanges: RawExchanges;
  readonly clock: Pick<Clock, "now">;
  readonly maxBodyBytes: number;
};

/** Calls providers for one attempt and keeps each exchange, as far as it came: whole answers, streams, refusals, calls that broke. */
export function captureHttp(http: UpstreamHttp, attempt: Attempt, options: CaptureOptions): UpstreamHttp {
  const { exchanges, clock, maxBodyBytes } = options;
  let calls = 0;

  /** Returns how to tell the answer; what is told second is not kept. */
  function open(call: UpstreamCall) {
    const sequence = calls++;
    const startMs = clock.now();
    let told = false;
    return (status: number, headers: UpstreamHeaders, body: Uint8Array, cut: boolean): void => {
      if (told) return;
      told = true;
      exchanges.keep({
        requestId: attempt.requestId,
        attemptId: attempt.attemptId,
        sequence,
        model: attempt.model,
        url: urlToKeep(call.origin, call.path),
        requestHeaders: requestHeadersToKeep(call.headers),
        requestBody: call.body.subarray(0, maxBodyBytes),
        responseStatus: status,
        responseHeaders: responseHeadersToKeep(headers),
        responseBody: body.subarray(0, maxBodyBytes),
        truncated: cut || call.body.length > maxBodyBytes || body.length > maxBodyBytes,
        startMs,
      });
    };
  }

  return {
    async whole(call) {
      const tell = open(call);
      const answer = await http.whole(call);
      if (answer.kind === "broken") tell(0, {}, nothing, false);
      else tell(answer.status, answer.headers, answer.body, false);
      return answer;
    },
    async stream(call) {
      const tell = open(call);
      const answer = await http.stream(call);
      if (answer.kind === "broken") {
        tell(0, {}, nothing, false);
        return answer;
      }
      const { status, headers } = answer;
      const ended = (body: Uint8Array, cut: boolean) => tell(status, headers, body, cut);
      return { ...answer, body: copyBody(answer.body, maxBodyBytes, ended) };
    },
    close: () => http.close(),
  };
}

const nothing = new Uint8Array(0);

/** The same body; what was read of it is told once, when it ends, breaks or is left. */
function copyBody(
  body: AsyncIterable<Buffer>,
  maxBytes: number,
  ended: (read: Uint8Array, cut: boolean) => void,
): AsyncIterable<Buffer> {
  return {
    [Symbol.asyncIterator]() {
      const inner = body[Symbol.asyncIterator]();
      const chunks: Buffer[] = [];
      let length = 0;
      let cut = false;
      const end = () => ended(Buffer.concat(chunks), cut);
      return {
        async next() {
          try {
            const next = await inner.next();
            if (next.done === true) end();
            else if (length < maxBytes) {
              // A copy: the chunk may be a view into a buffer that is far larger than what is kept of it.
              const kept = Buffer.from(next.value.subarray(0, maxBytes - length));
              chunks.push(kept);
              length += kept.length;
              cut ||= kept.length < next.value.length;
            } else cut = true;
            return next;
          } catch (error) {
            end();
            throw error;
          }
        },
        async return(value) {
          end();
          return (await inner.return?.(value)) ?? { done: true, value: undefined };
        },
      };
    },
  };
}
