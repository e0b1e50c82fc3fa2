import type { ResolvedEndpoint } from "./resolve-endpoints.ts";

/**
 * Where a request of the client's dialect goes: asked in its own words where the provider speaks them for the model. Undefined: the provider
 * holds no conversations with the model.
 */
export function chooseEndpoint(
  endpoints: readonly ResolvedEndpoint[],
  clientDialect: string,
  model: string,
): ResolvedEndpoint | undefined {
  let first: ResolvedEndpoint | undefined;
  for (const endpoint of endpoints) {
    if (endpoint.models !== undefined && !endpoint.models.test(model)) continue;
    if (endpoint.dialect === clientDialect) return endpoint;
    first ??= endpoint;
  }
  return first;
}
