import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2Server, ServerHttp2Session } from "node:http2";
import type { Logger } from "@sluice/runtime";
import type { RequestHandler } from "./listen.ts";

export interface Http2Options {
  readonly handler: RequestHandler;
  readonly idleTimeoutMs: number;
  readonly logger: Logger;
}

export interface Http2Sessions {
  /** Tells clients to go (GOAWAY) and lets their running streams end. */
  closeAll(): void;
  destroyAll(): void;
}

/** Serves the sessions of an HTTP/2 server that is given its connections. Sessions that are idle for too long are closed. */
export function acceptHttp2(server: Http2Server, options: Http2Options): Http2Sessions {
  const sessions = new Set<ServerHttp2Session>();
  let closing = false;
  server.on("request", (request, response) => {
    options.handler(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  server.on("session", (session) => {
    let openStreams = 0;
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("stream", (stream) => {
      openStreams += 1;
      stream.on("close", () => {
        openStreams -= 1;
      });
    });
    session.setTimeout(options.idleTimeoutMs, () => {
      if (openStreams === 0) session.close();
      else session.setTimeout(options.idleTimeoutMs);
    });
    if (closing) session.close();
  });
  server.on("sessionError", (error) => options.logger.debug("http/2 session failed", { error }));
  return {
    closeAll() {
      closing = true;
      for (const session of sessions) session.close();
    },
    destroyAll() {
      for (const session of sessions) session.destroy();
    },
  };
}
