import type { Dialect } from "@sluice/dialects";
import type { Span } from "@sluice/runtime";
import type { GatewayRequest } from "../flow/gateway-request.ts";
import type { RequestFlow } from "../flow/request-flow.ts";
import type { Refusal } from "../refusal.ts";
import type { HttpDoor, StreamForm } from "./http-door.ts";
import type { HeaderReader } from "./request-headers.ts";

/** A request as its endpoint read it. */
export type EndpointRequest = Pick<GatewayRequest, "facts" | "payload">;

export type ReadOutcome =
  | { readonly kind: "read"; readonly request: EndpointRequest }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** A request made ready: perhaps another than was sent, and the door through which its answer leaves. */
export type PrepareOutcome =
  | { readonly kind: "prepared"; readonly request: EndpointRequest; readonly door: HttpDoor }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What a request shows beside its body. */
export type RequestHead = { readonly header: HeaderReader; readonly query: URLSearchParams };

/** Something that is asked of models over HTTP. */
export type Endpoint = {
  readonly method: "GET" | "POST" | "DELETE";
  /** Its path as metrics and traces name it, with templates in place of what callers choose. */
  readonly route: string;
  /** In whose words answers and errors leave. */
  readonly dialect: Dialect;
  readonly streamForm: StreamForm;
  readonly flow: RequestFlow;
  /** Whether the key may stand in the query, as `key`. */
  readonly keyInQuery: boolean;
  read(body: Buffer, head: RequestHead): ReadOutcome | Promise<ReadOutcome>;
  /** What must be known from elsewhere before the flow. Undefined: nothing. */
  readonly prepare?: (
    request: EndpointRequest,
    context: {
      readonly secret: string | undefined;
      readonly requestId: string;
      readonly trace: Span;
      readonly signal: AbortSignal;
      readonly door: HttpDoor;
    },
  ) => Promise<PrepareOutcome>;
};
