import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { BillingService, SpendRowSchema } from "@sluice/api/sluice/billing/v1/billing_service";
import { InstanceClosedEventSchema, UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import { createMoney } from "@sluice/money";
import type { Pool } from "@sluice/postgres";
import { decodeMessage, encodeMessage } from "@sluice/protobuf";
import type { ServiceImpl } from "@sluice/rpc";
import type { Bookkeeper } from "./book-usage.ts";
import { pageTokenError, storeError } from "./errors.ts";
import { formatPageToken, parsePageToken } from "./spend/page-token.ts";
import { readSpendQuery } from "./spend/spend-query.ts";
import { type EntryPlace, listEntries } from "./store/entries.ts";
import { type SpendPlace, type SpendSum, sumSpend } from "./store/spend.ts";
import { instanceClosedSubject, readClosed, readUsage, recordedSubject } from "./usage/read-usage.ts";

const defaultSpendRows = 100;
const defaultEntries = 50;

export function createBillingService(options: {
  readonly pool: Pool;
  readonly bookkeeper: Bookkeeper;
}): ServiceImpl<typeof BillingService> {
  const { pool, bookkeeper } = options;

  return {
    async querySpend(request) {
      const query = readSpendQuery(request);
      const pageSize = request.pageSize || defaultSpendRows;
      const after = request.pageToken === "" ? undefined : readSpendPlace(request.pageToken, query);
      const sums = await orStoreError(sumSpend(pool, query, after, pageSize + 1));
      const page = sums.slice(0, pageSize);
      const last = page.at(-1);
      return {
        rows: page.map(spendRow),
        nextPageToken:
          sums.length > pageSize && last !== undefined
            ? formatPageToken(query, [String(last.costNanos), JSON.stringify(last.values)])
            : "",
      };
    },

    async listLedgerEntries(request) {
      const filter = { requestId: request.requestId, team: request.team, key: request.key };
      const pageSize = request.pageSize || defaultEntries;
      const after = request.pageToken === "" ? undefined : readEntryPlace(request.pageToken, filter);
      const found = await orStoreError(listEntries(pool, filter, after, pageSize + 1));
      const page = found.slice(0, pageSize);
      const last = page.at(-1);
      return {
        entries: page.map((entry) => ({
          event: decodeMessage(UsageEventSchema, entry.event),
          bookTime: timestampFromDate(entry.bookTime),
        })),
        nextPageToken:
          found.length > pageSize && last !== undefined
            ? formatPageToken(filter, [last.startTime, last.attemptId])
            : "",
      };
    },

    async recordUsage(request, context) {
      const readings = [
        ...request.events.map((event) =>
          readUsage(event, {
            subject: recordedSubject,
            id: event.attemptId,
            body: encodeMessage(UsageEventSchema, event),
          }),
        ),
        ...request.closedInstances.map((event) =>
          readClosed(event, {
            subject: instanceClosedSubject,
            id: `closed-${event.instanceId}`,
            body: encodeMessage(InstanceClosedEventSchema, event),
          }),
        ),
      ];
      await orStoreError(bookkeeper.book(readings, context.signal));
      return {};
    },
  };
}

function spendRow(sum: SpendSum): MessageInitShape<typeof SpendRowSchema> {
  const { costNanos, savedNanos, values, ...counts } = sum;
  return { ...counts, values: [...values], cost: createMoney(costNanos), saved: createMoney(savedNanos) };
}

function readSpendPlace(token: string, query: unknown): SpendPlace {
  const [costNanos, values] = parsePageToken(token, query, 2) ?? [];
  if (costNanos === undefined || values === undefined) throw pageTokenError();
  return { costNanos: BigInt(costNanos), values: JSON.parse(values) as string[] };
}

function readEntryPlace(token: string, filter: unknown): EntryPlace {
  const [startTime, attemptId] = parsePageToken(token, filter, 2) ?? [];
  if (startTime === undefined || attemptId === undefined) throw pageTokenError();
  return { startTime, attemptId };
}

async function orStoreError<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw storeError(error);
  }
}
