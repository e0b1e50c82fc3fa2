import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import { createAwsSigner } from "./aws-signature.ts";

const keys = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: undefined,
};
const moment = Date.UTC(2015, 7, 30, 12, 36);

function signatureOf(headers: readonly string[]): string | undefined {
  return /Signature=([0-9a-f]{64})$/.exec(headers[headers.indexOf("authorization") + 1] ?? "")?.[1];
}

/** Of AWS's Signature Version 4 test suite: the same keys, moment, region `us-east-1` and service `service`. */
test.each([
  ["get-vanilla", "GET", "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  [
    "get-vanilla-query-order-key-case",
    "GET",
    "/?Param2=value2&Param1=value1",
    "",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  ["post-vanilla", "POST", "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
])("%s of AWS's own test suite", (_name, method, path, body, signature) => {
  const sign = createAwsSigner(keys, { region: "us-east-1", service: "service" });
  const headers = sign({ method, origin: "https://example.amazonaws.com", path, body: Buffer.from(body) }, moment);
  expect(signatureOf(headers)).toBe(signature);
  expect(headers[headers.indexOf("x-amz-date") + 1]).toBe("20150830T123600Z");
});

class Sha256 {
  private readonly hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", typeof secret === "string" ? secret : toBuffer(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(typeof data === "string" ? data : toBuffer(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
  reset(): void {}
}

function toBuffer(data: ArrayBuffer | ArrayBufferView): Buffer {
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

test.each([
  ["a model's id", "/model/us.anthropic.claude-sonnet-4-20250514-v1%3A0/converse", undefined],
  [
    "a profile's ARN",
    `/model/${encodeURIComponent("arn:aws:bedrock:eu-central-1:1:application-inference-profile/a1b2")}/converse-stream`,
    "token==",
  ],
  ["a query", "/model/x/invoke?b=2&a=1%202&a=0", "token"],
  ["characters that encodeURIComponent leaves", "/model/it's(a)!*~x/converse", undefined],
])("%s is signed as the AWS SDK signs it", async (_name, path, sessionToken) => {
  const body = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: [{ text: "é" }] }] }));
  const [plain = "", query = ""] = path.split("?");
  const official = new SignatureV4({
    credentials: {
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    },
    region: "eu-central-1",
    service: "bedrock",
    sha256: Sha256,
    applyChecksum: false,
  });
  const parsed: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) parsed[name] = [...(parsed[name] ?? []), value];
  const expected = await official.sign(
    {
      method: "POST",
      protocol: "https:",
      hostname: "bedrock-runtime.eu-central-1.amazonaws.com",
      path: plain,
      query: parsed,
      headers: { host: "bedrock-runtime.eu-central-1.amazonaws.com" },
      body,
    },
    { signingDate: new Date(moment) },
  );
  const sign = createAwsSigner({ ...keys, sessionToken }, { region: "eu-central-1", service: "bedrock" });
  const call = { method: "POST", origin: "https://bedrock-runtime.eu-central-1.amazonaws.com", path, body };
  const headers = sign(call, moment);
  expect(headers[1]).toBe(expected.headers["authorization"]);
  expect(headers[headers.indexOf("x-amz-security-token") + 1]).toBe(sessionToken ?? headers[0]);
});

test("the key of a day is not used on the next", () => {
  const sign = createAwsSigner(keys, { region: "us-east-1", service: "bedrock" });
  const call = { method: "POST", origin: "https://a.example", path: "/", body: new Uint8Array() };
  const today = sign(call, moment);
  const tomorrow = sign(call, moment + 86_400_000);
  const fresh = createAwsSigner(keys, { region: "us-east-1", service: "bedrock" });
  expect(tomorrow).toEqual(fresh(call, moment + 86_400_000));
  expect(signatureOf(tomorrow)).not.toBe(signatureOf(today));
});
