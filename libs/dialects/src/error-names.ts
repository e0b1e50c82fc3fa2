import { type ErrorReason, ErrorReasonSchema, Fault } from "@sluice/api/sluice/common/v1/error_reason";

/** The reason in lower case without its prefix, such as `budget_exhausted`. */
export function reasonName(reason: ErrorReason): string {
  const name = ErrorReasonSchema.value[reason]?.name ?? "ERROR_REASON_UNSPECIFIED";
  return name.slice("ERROR_REASON_".length).toLowerCase();
}

export function faultName(fault: Fault): string {
  switch (fault) {
    case Fault.CALLER:
      return "caller";
    case Fault.GATEWAY:
      return "gateway";
    case Fault.UPSTREAM:
      return "upstream";
    default:
      return "unspecified";
  }
}
