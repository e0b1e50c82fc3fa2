import table from "./provider-kinds.json" with { type: "json" };

/** A kind of provider, as far as a configuration can be checked by it. */
export interface ProviderKind {
  readonly name: string;
  /** Whether a provider of this name and kind is there without configuration, once its environment variable is set or always. */
  readonly fromEnvironment: boolean;
  /** Whether there is no address but one that is said. */
  readonly needsBaseUrl: boolean;
  /** Variables that can say the address instead of the configuration. */
  readonly baseUrlVariables: readonly string[];
  /** What can stand under `values`. */
  readonly values: readonly string[];
  /** What can stand under `dialects`. */
  readonly dialects: readonly string[];
  /** Settings of this kind's own: `aws`, `azure`, `google`, `oauth`. */
  readonly settings: readonly string[];
}

/**
 * The kinds that can be configured. The rows come from the table of the provider-adapter, which alone knows how they are called:
 * `npm run generate` writes them, and a test of the adapter compares them.
 */
export const providerKinds: readonly ProviderKind[] = [
  ...table,
  {
    name: "simulator",
    fromEnvironment: true,
    needsBaseUrl: false,
    baseUrlVariables: [],
    values: [],
    dialects: [],
    settings: [],
  },
];

const byName: ReadonlyMap<string, ProviderKind> = new Map(providerKinds.map((kind) => [kind.name, kind]));

export function providerKind(name: string): ProviderKind | undefined {
  return byName.get(name);
}
