import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  CompleteRequestSchema,
  CompleteResponseSchema,
  StreamResponseSchema,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import { codecOf } from "@sluice/protobuf";

const uuid = () => crypto.randomUUID();
const usage = { inputTokens: 812, outputTokens: 144, cacheReadInputTokens: 512 };
const rates = [1, 2, 6].map((unit) => ({ unit, usdNanosPerMillion: 150_000_000n * BigInt(unit) }));
const price = {
  version: "sha256-0123456789abcdef",
  source: "genai-prices 0.1.8",
  tiers: [{ minInputTokens: 0, rates }],
};
const event = {
  attemptId: uuid(),
  requestId: uuid(),
  attemptNumber: 1,
  instanceId: uuid(),
  sequence: 81_234n,
  startTime: timestampFromMs(1_795_348_800_123),
  endTime: timestampFromMs(1_795_348_801_023),
  outcome: 1,
  finishReason: "stop",
  firstByteMicros: 850_000n,
  team: "research",
  key: "notebooks",
  tags: { app: "notebooks" },
  requestedModel: "openai/gpt-4o-mini",
  model: "openai/gpt-4o-mini",
  provider: "openai",
  dialect: "openai.chat",
  operation: "chat",
  usage,
  usageSource: 1,
  price,
  cost: { usdNanos: 208_200n },
  reserved: { usdNanos: 288_600n },
  charges: [{ budget: "research-daily", leaseId: uuid() }],
  snapshotVersion: "7",
};
const body = Buffer.alloc(1024, "x");
const attempt = { attemptId: uuid(), requestId: uuid(), model: "openai/gpt-4o-mini" };
const payload = { case: "body" as const, value: { dialect: "openai.chat", body } };
const facts = { usage, finish: { raw: "stop" }, responseId: uuid(), responseModel: "gpt-4o-mini", httpStatus: 200 };
const success = { payload: { case: "body" as const, value: body }, facts: { ...facts, totalMicros: 900_000n } };

const cases = [
  { schema: UsageEventSchema, init: event, name: "UsageEvent" },
  { schema: CompleteRequestSchema, init: { attempt, payload }, name: "CompleteRequest, 1 KiB" },
  {
    schema: CompleteResponseSchema,
    init: { outcome: { case: "success", value: success } },
    name: "CompleteResponse, 1 KiB",
  },
  {
    schema: StreamResponseSchema,
    init: { event: { case: "chunk", value: { body: body.subarray(0, 300), outputCharacters: 60 } } },
    name: "StreamResponse, 300 B",
  },
] as const;

const calls = 20_000;
const rounds = 9;

function time(call: () => unknown): string {
  let kept: unknown;
  const found: number[] = [];
  for (let round = 0; round < rounds + 3; round += 1) {
    const before = process.cpuUsage();
    for (let count = 0; count < calls; count += 1) kept = call();
    const { user, system } = process.cpuUsage(before);
    if (round >= 3) found.push((user + system) / calls);
  }
  if (kept === found) throw new Error("unreachable");
  return (found.sort((a, b) => a - b)[rounds >> 1] as number).toFixed(2).padStart(7);
}

/** `node libs/protobuf/bench/codec.ts`: CPU microseconds of each, protobuf-es first, then the compiled codec, all in one process. */
for (const { schema, init, name } of cases) {
  const message = create(schema as never, init as never);
  const bytes = toBinary(schema as never, message);
  const codec = codecOf(schema as never);
  const fields = [
    ["encode", time(() => toBinary(schema as never, message)), time(() => codec.encode(message))],
    [
      "encode init",
      time(() => toBinary(schema as never, create(schema as never, init as never))),
      time(() => codec.encodeInit(init as never)),
    ],
    ["decode", time(() => fromBinary(schema as never, bytes)), time(() => codec.decode(bytes))],
  ];
  for (const [what, before, after] of fields)
    process.stdout.write(`${`${name} (${bytes.length} B)`.padEnd(36)} ${what?.padEnd(12)} ${before} ${after}\n`);
}
