import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { Refusal } from "../refusal.ts";
import type { Report } from "./report.ts";

/** A whole answer: in the caller's dialect, or in the hub's form. */
export type WholeAnswer =
  | { readonly kind: "body"; readonly bytes: Uint8Array }
  | { readonly kind: "chat"; readonly chat: ChatResponse };

/** A piece of a streamed answer. */
export type Piece =
  | { readonly kind: "body"; readonly bytes: Uint8Array }
  | { readonly kind: "event"; readonly event: StreamEvent };

/** What a forwarded answer says of itself before its first byte. */
export type AnswerHead = {
  readonly httpStatus: number;
  readonly contentType: string;
  /** Empty: none. */
  readonly contentDisposition: string;
};

/**
 * How an answer leaves: one for each caller, in the caller's dialect. The flow calls exactly one of `whole`, `end` or `fail`, last;
 * `begin` before the first `piece`. Calls after the caller has left do nothing.
 */
export interface Door {
  /** Resolves when it has left; undefined where it has at once. */
  whole(answer: WholeAnswer, report: Report): Promise<void> | void;
  /** `head` is given where the answer is forwarded; a stream of the caller's dialect begins without. */
  begin(report: Report, head?: AnswerHead): void;
  /** Resolves when the caller can take more; undefined where it can at once. */
  piece(piece: Piece): Promise<void> | undefined;
  end(report: Report): void;
  /** Before `begin`: an error with its status. After it: the stream's own error event, never a finish. */
  fail(refusal: Refusal, report: Report): void;
}
