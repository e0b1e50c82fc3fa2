import manifest from "../../../package.json" with { type: "json" };

/** The version of this Sluice, as in the root package.json. */
export const version: string = manifest.version;
