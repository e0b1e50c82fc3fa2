/** A kind of provider, as this release knows it. */
export interface ProviderKind {
  readonly name: string;
  /** Whether a provider of this name and kind is there without configuration, once its environment variable is set or always. */
  readonly fromEnvironment: boolean;
  /** Whether there is no address but a configured one. */
  readonly needsBaseUrl: boolean;
}

/** The kinds that can be configured. */
export const providerKinds: readonly ProviderKind[] = [
  { name: "openai", fromEnvironment: true, needsBaseUrl: false },
  { name: "openai_compatible", fromEnvironment: false, needsBaseUrl: true },
  { name: "anthropic", fromEnvironment: true, needsBaseUrl: false },
  { name: "simulator", fromEnvironment: true, needsBaseUrl: false },
];

/** Kinds that the configuration's language has and this release does not serve. */
export const plannedProviderKinds: readonly string[] = ["gemini", "bedrock", "cohere"];
