import type { Surroundings } from "./exchange.ts";
import { planOfModel } from "./plan-of-model.ts";

/** Whether the name was added, asks for a behaviour, or any will do. */
export function isKnownModel(name: string, surroundings: Surroundings): boolean {
  return surroundings.anyModel || surroundings.models.has(name) || planOfModel(name) !== undefined;
}
