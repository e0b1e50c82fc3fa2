import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { CallerIdentity } from "../server/access.ts";
import { CallContext } from "./context.ts";

/** Where the stock lane keeps it. */
export const callerKey = createContextKey<CallerIdentity>({ kind: "public" }, { description: "sluice.caller" });

/** Who called, as the server's access policy found. Calls within the process are the mesh's own. */
export function callerOf(context: HandlerContext): CallerIdentity {
  return context instanceof CallContext ? context.caller : context.values.get(callerKey);
}
