/** A source of chance that a seed repeats (mulberry32). */
export type Chance = () => number;

export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const pick = <T>(chance: Chance, from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T;
const below = (chance: Chance, bound: number): number => Math.floor(chance() * bound);

/** Bytes with a few of them turned, lost, doubled, moved or put in. */
export function mutateBytes(chance: Chance, bytes: Buffer): Buffer {
  let mutated = Buffer.from(bytes);
  for (let round = 0; round <= below(chance, 4); round += 1) {
    const at = below(chance, mutated.length + 1);
    const length = 1 + below(chance, Math.min(64, mutated.length + 1));
    const before = mutated.subarray(0, at);
    const after = mutated.subarray(at);
    switch (below(chance, 6)) {
      case 0:
        if (at < mutated.length) mutated[at] = below(chance, 256);
        break;
      case 1:
        mutated = Buffer.concat([before, after.subarray(length)]);
        break;
      case 2:
        mutated = Buffer.concat([before, after.subarray(0, length), after]);
        break;
      case 3:
        mutated = Buffer.concat([before, Buffer.from(pick(chance, awkwardTexts)), after]);
        break;
      case 4:
        mutated = Buffer.from(before);
        break;
      default:
        mutated = Buffer.concat([before, Buffer.from(bytes.subarray(below(chance, bytes.length + 1)))]);
    }
  }
  return mutated;
}

const awkwardTexts = [
  "\0",
  "\xff\xfe",
  "\n\n",
  "\r",
  "data: [DONE]\n\n",
  "data: {}\n\n",
  "data: null\n\n",
  "event: error\ndata: {}\n\n",
  '{"',
  "}]",
  "[[[[[[",
  '"\\ud800"',
  "1e999",
  "-0",
  "\ufeff",
  "__proto__",
];

const awkwardValues: readonly unknown[] = [
  null,
  true,
  "",
  "text",
  0,
  -1,
  1.5,
  1e308,
  9_007_199_254_740_992,
  [],
  {},
  [null],
  [[]],
  { type: "text" },
  { type: null },
  "\ud800",
  "a".repeat(10_000),
  { __proto__: null, constructor: "x", toString: 1 },
];

/** A JSON value with a few of its members replaced, lost, doubled, renamed or nested deep. */
export function mutateJson(chance: Chance, value: unknown): unknown {
  const root = { value: structuredClone(value) };
  for (let round = 0; round <= below(chance, 3); round += 1) {
    const places = placesOf(root);
    const { holder, key } = pick(chance, places);
    const target = holder as Record<string | number, unknown>;
    switch (below(chance, 7)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else if (holder !== root) delete target[key];
        break;
      case 1:
        if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(target[key]));
        break;
      case 2:
        target[key] = structuredClone(pick(chance, places).holder);
        break;
      case 3:
        target[key] = nested(target[key], 1 + below(chance, 200));
        break;
      case 4:
        if (!Array.isArray(holder) && holder !== root) {
          Object.defineProperty(holder, pick(chance, ["__proto__", "type", "index", "x", ""]), {
            value: target[key],
            enumerable: true,
            configurable: true,
            writable: true,
          });
        }
        break;
      default:
        target[key] = structuredClone(pick(chance, awkwardValues));
    }
  }
  return root.value;
}

function nested(value: unknown, depth: number): unknown {
  let made = value;
  for (let level = 0; level < depth; level += 1) made = level % 2 === 0 ? [made] : { content: made };
  return made;
}

type Place = { readonly holder: object; readonly key: string | number };
const maxPlaces = 20_000;

function placesOf(root: object): Place[] {
  const places: Place[] = [];
  const waiting: object[] = [root];
  while (waiting.length > 0 && places.length < maxPlaces) {
    const holder = waiting.pop() as object;
    for (const [key, value] of Object.entries(holder)) {
      places.push({ holder, key: Array.isArray(holder) ? Number(key) : key });
      if (value !== null && typeof value === "object") waiting.push(value as object);
    }
  }
  return places;
}

/** Bytes in pieces, cut anywhere. */
export function cut(chance: Chance, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + below(chance, pick(chance, [1, 16, 1_024, bytes.length]));
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
