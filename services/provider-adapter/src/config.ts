import { type ConfigOf, integer, path, secret, string } from "@sluice/runtime";

/** The adapter's environment, besides the providers' own variables. */
export const adapterEnv = {
  configPath: path("SLUICE_CONFIG", { optional: true, description: "Path of `sluice.yaml`. Unset: no file." }),
} as const;

/** What the adapter needs to be a process of its own. */
export const adapterMeshEnv = {
  ...adapterEnv,
  host: string("SLUICE_HOST", { default: "127.0.0.1", description: "Address to listen on." }),
  port: integer("SLUICE_PORT", {
    default: 8084,
    min: 0,
    max: 65_535,
    description: "Port to listen on; 0: any free one.",
  }),
  meshSecret: secret("SLUICE_MESH_SECRET", {
    minLength: 24,
    description: "What services show each other. The same for all of a mesh.",
  }),
} as const;

export type AdapterConfig = ConfigOf<typeof adapterEnv>;
