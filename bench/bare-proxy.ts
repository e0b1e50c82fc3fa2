import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Dispatcher, Pool } from "undici";
import { announce } from "./hot-path/announce.ts";

// The floor that gateways are measured against: node:http in, undici out, nothing decided. A whole answer is collected and leaves in one
// write; a stream leaves as it comes.

const upstream = process.argv[2];
if (upstream === undefined) throw new Error("no upstream was named, expected its URL as the first argument");
const pool = new Pool(upstream, { connections: 256 });

class Answer implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 502;
  #type = "";
  #streams = false;
  #bytes: Buffer | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  abort(): void {
    this.#controller?.abort(gone);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#type = String(headers["content-type"]);
    this.#streams = headers["content-length"] === undefined;
    if (this.#streams) this.#response.writeHead(status, ["content-type", this.#type]);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#streams) {
      this.#bytes = this.#bytes === undefined ? chunk : Buffer.concat([this.#bytes, chunk]);
    } else if (!this.#response.write(chunk)) {
      controller.pause();
      this.#response.once("drain", () => controller.resume());
    }
  }

  onResponseEnd(): void {
    if (this.#streams) {
      this.#response.end();
      return;
    }
    const bytes = this.#bytes ?? Buffer.alloc(0);
    this.#response.writeHead(this.#status, ["content-type", this.#type, "content-length", String(bytes.length)]);
    this.#response.end(bytes);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#response.headersSent) this.#response.destroy(error);
    else this.#response.writeHead(502).end(error.message);
  }
}

const gone = new Error("the client left");

const server = createServer({ noDelay: true }, (request: IncomingMessage, response: ServerResponse) => {
  let body: Buffer | undefined;
  request.on("data", (chunk: Buffer) => {
    body = body === undefined ? chunk : Buffer.concat([body, chunk]);
  });
  request.on("end", () => {
    const bytes = body ?? Buffer.alloc(0);
    const answer = new Answer(response);
    response.on("close", () => {
      if (!response.writableFinished) answer.abort();
    });
    const headers = ["content-type", "application/json", "content-length", String(bytes.length)];
    pool.dispatch({ path: request.url ?? "/", method: "POST", headers, body: bytes }, answer);
  });
});

announce(server);
