/**
 * What the schema has and this release does not serve. It is refused, never ignored. Whoever builds a part deletes its row.
 */
export interface NotYetAvailable {
  /** The field, for every element of a list: `routes[].hedge`. */
  readonly field: string;
  /** The values that are served. Absent: none, the field must be left out. */
  readonly served?: readonly (string | number)[];
}

export const notYetAvailable: readonly NotYetAvailable[] = [
  { field: "routes[].strategy", served: ["priority"] },
  { field: "routes[].targets[].when" },
  { field: "routes[].hedge" },
  { field: "teams[].residency" },
  { field: "teams[].guardrails" },
  { field: "budgets[].steps[].at", served: [1] },
  { field: "budgets[].steps[].then", served: ["refuse"] },
  { field: "limits" },
  { field: "guardrails" },
  { field: "cache.semantic" },
  { field: "notify" },
];
