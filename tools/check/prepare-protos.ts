import { join } from "node:path";
import { printValidateProto } from "../print-validate-proto.ts";
import { root } from "./run-command.ts";

/** Puts protovalidate's .proto where buf.yaml expects it: buf does nothing without. */
export function prepareProtos(): void {
  printValidateProto(join(root, ".tools/proto"));
}
