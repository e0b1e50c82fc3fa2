import fc from "fast-check";
import { expect, test } from "vitest";
import { AcknowledgedSequences } from "./acknowledged-sequences.ts";

test("agrees with a plain set, in any order and with repetitions", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 80 }), (sequences) => {
      const acknowledged = new AcknowledgedSequences();
      const model = new Set<number>();
      for (const sequence of sequences) {
        expect(acknowledged.add(sequence)).toBe(!model.has(sequence));
        model.add(sequence);
        let lowWater = 0;
        while (model.has(lowWater + 1)) lowWater += 1;
        expect(acknowledged.lowWater).toBe(lowWater);
        expect(acknowledged.count).toBe(model.size);
        for (let probe = 1; probe <= 41; probe += 1) expect(acknowledged.has(probe)).toBe(model.has(probe));
      }
    }),
    { numRuns: 500 },
  );
});
