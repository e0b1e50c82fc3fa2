import type { DescService } from "@bufbuild/protobuf";
import type { Client, Transport } from "@connectrpc/connect";

/**
 * A client of a service, as Connect's own, but that leaving a stream early (break, return, a thrown error in the loop) cancels the call:
 * Connect's own createClient leaves it running until its deadline.
 */
export function createClient<Desc extends DescService>(_service: Desc, _transport: Transport): Client<Desc> {
  throw new Error("not built yet");
}
