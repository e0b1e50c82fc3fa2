import type { HandlerContext } from "@connectrpc/connect";
import type { CallerIdentity } from "../server/access.ts";

/** Who called, as the server's access policy found. Calls within the process are the mesh's own. */
export function callerOf(_context: HandlerContext): CallerIdentity {
  throw new Error("not built yet");
}
