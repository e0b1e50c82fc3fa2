import { types } from "pg";

type Parse = (text: string) => unknown;

/** The client's own parsers; its types name too few of the type numbers. */
const parserOf = types.getTypeParser as (oid: number, format: "text" | "binary") => Parse;

const TEXT_ARRAY = 1009;

/** How text sent by the server becomes a JavaScript value, where not as the client does. Keys are `oid`s of `pg_type`. */
const PARSERS: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [20, BigInt], // int8
  [1016, (text) => mapArray(parserOf(TEXT_ARRAY, "text")(text), BigInt)], // int8[]
  [1082, String], // date: has no time zone, so it is no Date
  [1182, parserOf(TEXT_ARRAY, "text")], // date[]
  [1114, String], // timestamp without time zone: the same
  [1115, parserOf(TEXT_ARRAY, "text")], // timestamp[]
]);

export const VALUE_TYPES = {
  getTypeParser(oid: number, format: "text" | "binary" = "text"): Parse {
    return (format === "text" ? PARSERS.get(oid) : undefined) ?? parserOf(oid, format);
  },
};

/** Arrays may be nested and hold nulls. */
function mapArray(value: unknown, convert: (text: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapArray(item, convert));
  return typeof value === "string" ? convert(value) : value;
}
