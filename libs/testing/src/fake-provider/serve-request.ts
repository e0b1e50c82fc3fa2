import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { answerRequest, tooLarge } from "./answer-request.ts";
import { errorAnswer } from "./api-error.ts";
import { apiHeaders } from "./api-headers.ts";
import { apiOfPath, modelOfPath } from "./api-of-path.ts";
import { type Control, serveControl } from "./control.ts";
import type { Surroundings } from "./exchange.ts";
import { isObject } from "./json.ts";
import { type MultipartForm, parseMultipart } from "./multipart.ts";
import type { RequestEntry, RequestLog } from "./record-requests.ts";
import type { FakeApi } from "./script.ts";
import { PLAIN_WIRE } from "./wire.ts";
import { type Delivery, writeAnswer } from "./write-answer.ts";

export interface ServeOptions {
  readonly surroundings: Surroundings;
  readonly log: RequestLog;
  readonly maxBodyBytes: number;
  readonly maxRecordedBodyBytes: number;
  /** The fake is dropping its connections. */
  readonly isClosing: () => boolean;
  readonly control: Control;
}

/** The listener of the fake's HTTP server. */
export function createRequestListener(options: ServeOptions): RequestListener {
  const { log, surroundings } = options;
  // Ids go on counting after a reset: no two answers of one fake share one.
  let exchanges = 0;
  return (request, response) => {
    const target = request.url ?? "/";
    if (target.startsWith("/_control/")) {
      serveControl(request, response, options.control);
      return;
    }
    const receivedAtMs = surroundings.nowMs();
    let entry: RequestEntry | undefined;
    let cut = false;
    log.begin();
    // Errors of a broken connection need no handling: "close" follows.
    request.on("error", () => {});
    response.on("error", () => {});
    response.on("close", () => {
      const complete = response.writableFinished && !cut;
      log.end(entry, complete ? "complete" : cut || options.isClosing() ? "cut" : "client-left");
    });
    readBody(request, options.maxBodyBytes, (body) => {
      entry = log.add(entryOf(request, target, body, receivedAtMs, options.maxRecordedBodyBytes));
      const added = entry;
      const delivery: Delivery = {
        response,
        entry: added,
        markCut: () => {
          cut = true;
        },
        markHeaders: () => log.changed(added),
      };
      serve(added, request, body, delivery).catch((error: unknown) => failLoudly(response, error));
    });
  };

  async function serve(entry: RequestEntry, request: IncomingMessage, body: Body, delivery: Delivery): Promise<void> {
    if (body.tooLarge) {
      const requestId = `req_fake${entry.number}`;
      delivery.response.shouldKeepAlive = false;
      const answer = errorAnswer(entry.api, tooLarge(entry.api), requestId, apiHeaders(entry.api, requestId));
      return writeAnswer(delivery, answer, PLAIN_WIRE);
    }
    exchanges += 1;
    const decision = answerRequest(
      {
        exchange: exchanges,
        api: entry.api,
        method: entry.method,
        path: withoutQuery(entry.path),
        query: queryOf(entry.path),
        headers: request.headers,
        body: body.bytes,
        json: body.json,
        form: body.form,
        model: entry.model,
        stream: entry.stream,
      },
      surroundings,
    );
    entry.responseId = decision.requestId;
    entry.fault = decision.plan.fault?.name;
    entry.replay = decision.plan.replay;
    entry.usage = decision.answer.usage;
    return writeAnswer(delivery, decision.answer, decision.wire);
  }
}

/** A mistake in the fake itself must not pass for a provider's. */
function failLoudly(response: ServerResponse, error: unknown): void {
  console.error("the fake provider itself failed", error);
  if (!response.headersSent) {
    response.writeHead(500, { "content-type": "text/plain" });
  }
  response.end(`the fake provider itself failed: ${String(error)}\n`);
}

interface Body {
  readonly bytes: Buffer;
  readonly json: unknown;
  readonly form: MultipartForm | undefined;
  readonly tooLarge: boolean;
}

function entryOf(
  request: IncomingMessage,
  target: string,
  body: Body,
  receivedAtMs: number,
  maxRecordedBodyBytes: number,
): Omit<RequestEntry, "number"> {
  const path = withoutQuery(target);
  const method = request.method ?? "GET";
  const api: FakeApi = apiOfPath(method, path, request.headers);
  const fields = isObject(body.json) ? body.json : {};
  const formModel = body.form?.fields.get("model")?.[0];
  // Google's embedding requests repeat the path's model as a resource.
  const named = typeof fields["model"] === "string" ? fields["model"].replace(/^models\//, "") : undefined;
  return {
    receivedAtMs,
    method,
    path: target,
    api,
    headers: request.headers,
    // A copy: the chunk is a slice of a larger buffer that would be kept alive with it.
    body: Buffer.from(body.bytes.subarray(0, maxRecordedBodyBytes)),
    bodyBytes: body.bytes.length,
    model: named ?? formModel ?? modelOfPath(path),
    stream: isStream(api, path, fields["stream"] ?? body.form?.fields.get("stream")?.[0] === "true"),
    status: undefined,
    responseId: undefined,
    fault: undefined,
    replay: undefined,
    outcome: { state: "open" },
    bytesWritten: 0,
    eventsWritten: 0,
    backPressurePauses: 0,
    backPressureMs: 0,
    usage: undefined,
  };
}

/** APIs whose `stream` field asks for a stream. Others say it by their path. */
const STREAMS_ON_DEMAND: readonly FakeApi[] = [
  "openai.chat",
  "openai.responses",
  "anthropic.messages",
  "cohere.chat",
  "openai.transcriptions",
  "other",
];

function isStream(api: FakeApi, path: string, asked: unknown): boolean {
  return (
    (asked === true && STREAMS_ON_DEMAND.includes(api)) ||
    /:stream(GenerateContent|RawPredict)$|\/(converse|invoke)-(with-response-)?stream$/.test(path)
  );
}

function withoutQuery(target: string): string {
  const at = target.indexOf("?");
  return at === -1 ? target : target.slice(0, at);
}

const NO_QUERY = new URLSearchParams();

function queryOf(target: string): URLSearchParams {
  const at = target.indexOf("?");
  return at === -1 ? NO_QUERY : new URLSearchParams(target.slice(at + 1));
}

/** Collects the body; `done` is not called when the client leaves before its end. */
function readBody(request: IncomingMessage, maxBytes: number, done: (body: Body) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= maxBytes) {
      chunks.push(chunk);
    } else {
      chunks.length = 0;
    }
  });
  request.on("end", () => {
    const first = chunks[0];
    const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    const form = parseMultipart(request.headers["content-type"], bytes);
    const json = form === undefined ? parseJson(bytes) : undefined;
    done({ bytes, json, form, tooLarge: length > maxBytes });
  });
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
