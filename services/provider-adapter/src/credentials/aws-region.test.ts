import { expect, test } from "vitest";
import { readAwsRegion } from "./aws-region.ts";

test.each([
  ["https://bedrock-runtime.eu-central-1.amazonaws.com", "us-east-1", {}, "eu-central-1"],
  ["https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "", {}, "us-gov-west-1"],
  ["https://vpce-0a1b-2c.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com", "", {}, "ap-southeast-2"],
  ["https://bedrock.internal.example", "eu-west-3", { AWS_REGION: "us-east-1" }, "eu-west-3"],
  ["http://127.0.0.1:4000", "", { AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-east-1" }, "us-west-2"],
  ["http://127.0.0.1:4000", "", { AWS_REGION: "", AWS_DEFAULT_REGION: "us-east-1" }, "us-east-1"],
  ["http://127.0.0.1:4000", "", {}, ""],
])("%s, configured %j, environment %j: %j", (origin, configured, env, region) => {
  expect(readAwsRegion(origin, configured, env)).toBe(region);
});
