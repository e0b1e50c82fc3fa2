import capabilityList from "../../catalogue/capabilities.json" with { type: "json" };
import { canonicalName } from "./canonical-name.ts";

/** What a model can do, whoever hosts it. */
export type ModelAbilities = {
  readonly contextWindow: number;
  /** Undefined: it depends on the host. */
  readonly maxOutputTokens: number | undefined;
  readonly inputModalities: readonly string[];
  readonly outputModalities: readonly string[];
  readonly capabilities: readonly string[];
};

const byName: ReadonlyMap<string, ModelAbilities> = new Map(
  capabilityList.models.map((model) => [
    model.name,
    {
      contextWindow: model.context_window,
      maxOutputTokens: "max_output_tokens" in model ? model.max_output_tokens : undefined,
      inputModalities: model.input_modalities,
      outputModalities: model.output_modalities,
      capabilities: model.capabilities,
    },
  ]),
);

/** Undefined: the list does not know the model. */
export function abilitiesOf(name: string): ModelAbilities | undefined {
  return byName.get(canonicalName(name));
}

/** Models that make vectors or rank, told from their names: they have no output that is charged for. */
export function isEmbeddingName(name: string): boolean {
  return /embed|\bbge-|voyage-|rerank|\be5-|\bgte-/i.test(name);
}
