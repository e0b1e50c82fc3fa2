import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { type QuerySpendRequest, SpendDimension } from "@sluice/api/sluice/billing/v1/billing_service";

export const dimensions = ["team", "key", "model", "provider", "route", "day", "budget"] as const;
export type Dimension = (typeof dimensions)[number];

/** What is summed, and divided by what. */
export interface SpendQuery {
  readonly groupBy: readonly Dimension[];
  /** ISO 8601; absent: unbounded. The end is excluded. */
  readonly startTime: string | undefined;
  readonly endTime: string | undefined;
  readonly team: string;
  readonly key: string;
  readonly model: string;
  readonly budget: string;
}

const dimensionOf: Readonly<Record<number, Dimension>> = {
  [SpendDimension.TEAM]: "team",
  [SpendDimension.KEY]: "key",
  [SpendDimension.MODEL]: "model",
  [SpendDimension.PROVIDER]: "provider",
  [SpendDimension.ROUTE]: "route",
  [SpendDimension.DAY]: "day",
  [SpendDimension.BUDGET]: "budget",
};

export function readSpendQuery(request: QuerySpendRequest): SpendQuery {
  return {
    groupBy: request.groupBy.map((dimension) => {
      const known = dimensionOf[dimension];
      if (known === undefined) throw new RangeError(`unknown spend dimension ${dimension}`);
      return known;
    }),
    startTime: formatTime(request.startTime),
    endTime: formatTime(request.endTime),
    team: request.team,
    key: request.key,
    model: request.model,
    budget: request.budget,
  };
}

function formatTime(time: Timestamp | undefined): string | undefined {
  return time === undefined ? undefined : timestampDate(time).toISOString();
}
