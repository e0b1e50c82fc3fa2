import type { ApiError } from "../api-error.ts";
import type { FieldViolation } from "./proto-json.ts";

/** A 400 in Google's terms. */
export function invalidArgument(message: string): ApiError {
  return { status: 400, type: "INVALID_ARGUMENT", message };
}

/** A 400 about fields, as the JSON layer in front of every Google API words it; undefined where there is none. */
export function fieldViolations(violations: readonly FieldViolation[]): ApiError | undefined {
  return violations.length === 0
    ? undefined
    : {
        ...invalidArgument(violations.map((violation) => violation.description).join("\n")),
        details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: violations }],
      };
}

/** A complaint about one field of a request, as Gemini itself words it. */
export function invalidField(path: string, complaint: string): ApiError {
  return invalidArgument(`* GenerateContentRequest.${path}: ${complaint}\n`);
}
