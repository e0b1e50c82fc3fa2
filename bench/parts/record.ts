import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import { CacheState, Outcome, UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import { type Journal, openJournal } from "@sluice/journal";
import { compilePrice } from "@sluice/money";
import { systemIds } from "@sluice/runtime";
import {
  describeIntent,
  encodeEvent,
  endAttempt,
  type RequestIdentity,
} from "../../services/router/src/usage/attempt-record.ts";
import { price, usage } from "./governance.ts";
import { type Part, timeAsyncPart, timePart } from "./time.ts";

const startMs = Date.UTC(2026, 10, 22, 12);

const deployment = {
  model: create(ModelSchema, { name: "openai/gpt-4o-mini", provider: "openai", upstreamModel: "gpt-4o-mini", price }),
  name: "openai/gpt-4o-mini",
  provider: "openai",
  price: compilePrice(price),
};

const identity: RequestIdentity = {
  requestId: systemIds.uuid(),
  instanceId: systemIds.uuid(),
  team: "research",
  key: "notebooks",
  endUser: "",
  tags: { app: "notebooks" },
  requestedModel: deployment.name,
  route: "",
  dialect: "openai.chat",
  operation: "chat",
  stream: false,
  traceparent: "",
  snapshotVersion: "7",
};

const attempt = {
  attemptId: systemIds.uuid(),
  attemptNumber: 1,
  deployment,
  startMs,
  reservedNanos: 288_600n,
  charges: [{ budget: "research-daily", leaseId: systemIds.uuid() }],
  cacheState: CacheState.UNSPECIFIED,
};

const ending = {
  outcome: Outcome.SUCCEEDED,
  errorReason: ErrorReason.UNSPECIFIED,
  finishReason: "stop",
  usage,
  usageSource: UsageSource.REPORTED,
  charged: true,
  endMs: startMs + 900,
  firstByteMicros: 850_000n,
};

export async function recordParts(): Promise<Part[]> {
  const intent = encodeEvent(describeIntent(identity, attempt), 0);
  const end = encodeEvent(endAttempt(describeIntent(identity, attempt), deployment, ending), 1);
  const directory = await mkdtemp(join(tmpdir(), "sluice-bench-journal-"));
  try {
    const { journal } = await openJournal({ directory, instanceId: systemIds.uuid() });
    const parts = [
      timePart("an id: UUID version 7", () => systemIds.uuid()),
      timePart(`event of the intent: describe, encode (${intent.length} B)`, () =>
        encodeEvent(describeIntent(identity, attempt), 0),
      ),
      timePart(`event of intent and end: describe, end, encode twice (${end.length} B)`, () => {
        const event = describeIntent(identity, attempt);
        const first = encodeEvent(event, 0);
        return first.length + encodeEvent(endAttempt(event, deployment, ending), 1).length;
      }),
      await timeAsyncPart("journal: intent, flush, end, flush, acknowledge, 32 at a time", () =>
        journalRequest(journal, intent, end),
      ),
    ];
    await journal.close();
    return parts;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function journalRequest(journal: Journal, intent: Uint8Array, end: Uint8Array): Promise<void> {
  const attemptId = systemIds.uuid();
  const outcome = journal.appendIntent(attemptId, intent);
  if (outcome !== "appended") throw new Error(`the journal answers ${outcome}, expected "appended"`);
  await journal.flushed();
  const sequence = journal.appendEnd(attemptId, end);
  await journal.flushed();
  journal.acknowledge(sequence);
}
