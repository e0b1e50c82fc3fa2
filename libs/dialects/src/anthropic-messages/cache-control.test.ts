import { expect, it } from "vitest";
import { decodeCacheControl, encodeCacheControl } from "./cache-control.ts";

it.each([{ type: "ephemeral" }, { type: "ephemeral", ttl: "5m" }, { type: "ephemeral", ttl: "1h" }])(
  "%j comes back",
  (control) => {
    const decoded = decodeCacheControl(control);
    expect(decoded === undefined ? undefined : encodeCacheControl(decoded)).toEqual(control);
  },
);

it.each([
  undefined,
  null,
  "ephemeral",
  {},
  { type: "eternal" },
  { type: "ephemeral", scope: "global" },
  { type: "ephemeral", ttl: 5 },
])("leaves %j to be kept as it is", (control) => {
  expect(decodeCacheControl(control)).toBeUndefined();
});
