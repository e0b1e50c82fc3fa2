import type { DescMessage } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { file_sluice_config_v1_config } from "@sluice/api/sluice/config/v1/config";
import { expect, it } from "vitest";
import { describePattern } from "./describe-pattern.ts";

it("has words for every pattern of the configuration", () => {
  const patterns = new Set(file_sluice_config_v1_config.messages.flatMap(patternsOf));
  expect(patterns.size).toBeGreaterThan(5);
  for (const pattern of patterns) expect(describePattern(pattern), pattern).not.toContain("text that matches");
});

function patternsOf(message: DescMessage): readonly string[] {
  return message.fields.flatMap((field) => {
    const rules = hasOption(field, fieldRules) ? getOption(field, fieldRules).type : undefined;
    return rules?.case === "string" && rules.value.pattern !== "" ? [rules.value.pattern] : [];
  });
}
