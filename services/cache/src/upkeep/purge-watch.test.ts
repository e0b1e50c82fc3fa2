import { describe, expect, it } from "vitest";
import { createPurgeWatch, maxPurgeLagMs, maxPurgesPerLook } from "./purge-watch.ts";

const purge = (id: string, partition = `team:${id}`) => ({ id, partition });

describe("createPurgeWatch", () => {
  it("reports each purge once, in whatever order they become visible", () => {
    const watch = createPurgeWatch();
    expect(watch.looked([purge("2")], 0)).toEqual({ kind: "purged", partitions: ["team:2"] });
    expect(watch.looked([purge("1"), purge("2")], 1_000)).toEqual({ kind: "purged", partitions: ["team:1"] });
    expect(watch.looked([purge("2")], 2_000)).toEqual({ kind: "purged", partitions: [] });
    expect(watch.looked([purge("2"), purge("3", "team:2")], 3_000)).toEqual({ kind: "purged", partitions: ["team:2"] });
  });

  it("forgets everything after a gap in which a purge may have been missed", () => {
    const watch = createPurgeWatch();
    watch.looked([], 0);
    expect(watch.looked([], 60_000).kind).toBe("purged");
    expect(watch.looked([], 120_001).kind).toBe("all");
  });

  it("forgets everything when there are more purges than it goes through", () => {
    const watch = createPurgeWatch();
    const many = Array.from({ length: maxPurgesPerLook }, (_, index) => purge(String(index)));
    expect(watch.looked(many, 0).kind).toBe("all");
  });

  it("vouches for memory only while the last look is recent", () => {
    const watch = createPurgeWatch();
    expect(watch.isCurrent(0)).toBe(false);
    watch.looked([], 1_000);
    expect(watch.isCurrent(1_000 + maxPurgeLagMs)).toBe(true);
    expect(watch.isCurrent(1_001 + maxPurgeLagMs)).toBe(false);
  });
});
