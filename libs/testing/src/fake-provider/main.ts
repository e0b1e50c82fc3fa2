import { parseArgs } from "node:util";
import type { AwsKey } from "./bedrock/verify-signature.ts";
import { startFakeProvider } from "./start.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    "api-key": { type: "string", multiple: true },
    "aws-key": { type: "string", multiple: true },
    model: { type: "string", multiple: true },
    "any-model": { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    "recorded-dir": { type: "string" },
    "max-recorded-requests": { type: "string", default: "1000" },
    "until-stdin-ends": { type: "boolean", default: false },
  },
});

const provider = await startFakeProvider({
  host: values.host,
  port: Number(values.port),
  seed: Number(values.seed),
  anyModel: values["any-model"],
  maxRecordedRequests: Number(values["max-recorded-requests"]),
  ...(values["api-key"] && { apiKeys: values["api-key"] }),
  ...(values["aws-key"] && { awsKeys: values["aws-key"].map(parseAwsKey) }),
  ...(values.model && { models: values.model }),
  ...(values["recorded-dir"] !== undefined && { recordingsDirectory: values["recorded-dir"] }),
});

const { url, port, openaiBaseUrl, anthropicBaseUrl, geminiBaseUrl } = provider;
const told = { url, port, openaiBaseUrl, anthropicBaseUrl, geminiBaseUrl, pid: process.pid };
process.stdout.write(`${JSON.stringify(told)}\n`);

/** `<access key id>:<secret>`, or with the session token after another colon. */
function parseAwsKey(text: string): AwsKey {
  const [accessKeyId = "", secretAccessKey = "", sessionToken] = text.split(":");
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

const stop = (): void => {
  process.stdin.destroy();
  void provider.close();
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
if (values["until-stdin-ends"]) {
  // Nobody is left to stop it once its parent is gone.
  process.stdin.resume();
  process.stdin.once("end", stop);
  process.stdin.once("error", stop);
}
