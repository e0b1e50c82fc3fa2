import { request as httpRequest, type IncomingHttpHeaders } from "node:http";

/** An answer as it came over the wire, trailers included. */
export type RawAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json(): JsonAnswer;
};

/** Whatever `JSON.parse` gives: a test looks for a path into it. */
export type JsonAnswer = ReturnType<typeof JSON.parse>;

export type RawRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Anything but text and bytes is sent as JSON. */
  readonly body?: unknown;
};

/** One HTTP/1.1 request on a connection of its own. */
export function send(url: string, { method = "POST", headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const bytes = body === undefined ? undefined : encodeBody(body);
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method,
      agent: false,
      headers: {
        ...(bytes === undefined ? {} : { "content-type": "application/json", "content-length": String(bytes.length) }),
        ...headers,
      },
    });
    request.setTimeout(60_000, () => request.destroy(new Error(`no answer from ${url} within 60 s`)));
    request.once("error", reject);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          trailers: response.trailers as Record<string, string | undefined>,
          body: whole,
          text: whole.toString(),
          json: () => JSON.parse(whole.toString()) as JsonAnswer,
        });
      });
    });
    request.end(bytes);
  });
}

function encodeBody(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

export const bearer = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` });

/** What Anthropic's SDK sends. */
export const anthropicHeaders = (secret: string): Record<string, string> => ({
  "x-api-key": secret,
  "anthropic-version": "2023-06-01",
});
