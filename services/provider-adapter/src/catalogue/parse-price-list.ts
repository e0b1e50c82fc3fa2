import type { ConditionalPrice, MatchLogic, ModelInfo, ModelPrice } from "@pydantic/genai-prices";
import type { ListedProvider, PriceList } from "./price-list.ts";

export type ParsedPriceList =
  | { readonly kind: "valid"; readonly list: PriceList }
  /** Lower case, no full stop: what is wrong, and where. */
  | { readonly kind: "invalid"; readonly reason: string };

const maxProviders = 1_000;
const maxModels = 50_000;
const maxNameLength = 256;
const maxMatchDepth = 4;

class Fault extends Error {
  override readonly name = "Fault";
}

/**
 * Reads a price list in the format that genai-prices publishes (github.com/pydantic/genai-prices, prices/new_data/v2/data.schema.json, seen
 * 2026-11-22): all of it or nothing. Members that are not needed are left aside.
 */
export function parsePriceList(text: string, source: string): ParsedPriceList {
  try {
    const json: unknown = JSON.parse(text);
    if (!Array.isArray(json)) throw new Fault("expected a list of providers");
    if (json.length === 0) throw new Fault("there is no provider in it");
    if (json.length > maxProviders) throw new Fault(`there are more than ${maxProviders} providers in it`);
    const providers = new Map<string, ListedProvider>();
    let models = 0;
    json.forEach((entry, index) => {
      const provider = objectAt(entry, `[${index}]`);
      const id = nameAt(provider["id"], `[${index}].id`);
      const list = provider["models"];
      if (!Array.isArray(list)) throw new Fault(`${id}.models: expected a list`);
      models += list.length;
      if (models > maxModels) throw new Fault(`there are more than ${maxModels} models in it`);
      providers.set(id, { source, models: list.map((model, place) => readModel(model, `${id}.models[${place}]`)) });
    });
    return { kind: "valid", list: providers };
  } catch (error) {
    if (error instanceof Fault) return { kind: "invalid", reason: error.message };
    if (error instanceof SyntaxError) return { kind: "invalid", reason: "it is not JSON" };
    throw error;
  }
}

function readModel(value: unknown, at: string): ModelInfo {
  const model = objectAt(value, at);
  const contextWindow = model["context_window"];
  const name = model["name"];
  return {
    id: nameAt(model["id"], `${at}.id`),
    match: readMatch(model["match"], `${at}.match`, 0),
    prices: Array.isArray(model["prices"])
      ? model["prices"].map((price, place) => readConditional(price, `${at}.prices[${place}]`))
      : readPrice(model["prices"], `${at}.prices`),
    ...(typeof name === "string" ? { name: name.slice(0, maxNameLength) } : {}),
    ...(isCount(contextWindow) ? { context_window: contextWindow } : {}),
  };
}

function readMatch(value: unknown, at: string, depth: number): MatchLogic {
  const match = objectAt(value, at);
  if (depth > maxMatchDepth) throw new Fault(`${at}: nested more than ${maxMatchDepth} deep`);
  for (const kind of ["or", "and"] as const) {
    const parts = match[kind];
    if (Array.isArray(parts)) {
      const read = parts
        .slice(0, maxNameLength)
        .map((part, place) => readMatch(part, `${at}.${kind}[${place}]`, depth + 1));
      return kind === "or" ? { or: read } : { and: read };
    }
  }
  if (typeof match["equals"] === "string") return { equals: match["equals"] };
  if (typeof match["starts_with"] === "string") return { starts_with: match["starts_with"] };
  if (typeof match["ends_with"] === "string") return { ends_with: match["ends_with"] };
  if (typeof match["contains"] === "string") return { contains: match["contains"] };
  if (typeof match["regex"] === "string") return { regex: match["regex"] };
  throw new Fault(`${at}: expected equals, starts_with, ends_with, contains, regex, or, and`);
}

function readConditional(value: unknown, at: string): ConditionalPrice {
  const entry = objectAt(value, at);
  const prices = readPrice(entry["prices"], `${at}.prices`);
  if (entry["constraint"] === undefined) return { prices };
  const constraint = objectAt(entry["constraint"], `${at}.constraint`);
  const { start_date, start_time, end_time } = constraint;
  if (typeof start_date === "string" && /^\d{4}-\d{2}-\d{2}$/.test(start_date)) {
    return { prices, constraint: { type: "start_date", start_date } };
  }
  if (typeof start_time === "string" && typeof end_time === "string") {
    return { prices, constraint: { type: "time_of_date", start_time, end_time } };
  }
  throw new Fault(`${at}.constraint: expected start_date, or start_time and end_time`);
}

function readPrice(value: unknown, at: string): ModelPrice {
  const read: Record<string, ModelPrice[string]> = {};
  for (const [unit, price] of Object.entries(objectAt(value, at))) {
    if (typeof price === "number") read[unit] = amountAt(price, `${at}.${unit}`);
    else {
      const { base, tiers } = objectAt(price, `${at}.${unit}`);
      if (!Array.isArray(tiers)) throw new Fault(`${at}.${unit}.tiers: expected a list`);
      // The package's own tiers are plain objects too, not of the class that its types name.
      read[unit] = {
        base: amountAt(base, `${at}.${unit}.base`),
        tiers: tiers.map((tier, place) => readTier(tier, `${at}.${unit}.tiers[${place}]`)),
      } as ModelPrice[string];
    }
  }
  return read;
}

function readTier(value: unknown, at: string): { readonly start: number; readonly price: number } {
  const tier = objectAt(value, at);
  if (!isCount(tier["start"])) throw new Fault(`${at}.start: expected a whole number`);
  return { start: tier["start"], price: amountAt(tier["price"], `${at}.price`) };
}

function objectAt(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Fault(`${at}: expected an object`);
}

function nameAt(value: unknown, at: string): string {
  if (typeof value === "string" && /^\S+$/.test(value) && value.length <= maxNameLength) return value;
  throw new Fault(`${at}: expected a name of at most ${maxNameLength} characters`);
}

function amountAt(value: unknown, at: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new Fault(`${at}: expected an amount of US dollars, 0 or more`);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= 0xffff_ffff;
}
