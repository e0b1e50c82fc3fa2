import { messageFeatures } from "./message-features.ts";
import { parameterFeatures } from "./parameter-features.ts";
import type { RequestFeature } from "./request-feature.ts";
import { toolFeatures } from "./tool-features.ts";

/** All that a request may say. */
export const requestFeatures: readonly RequestFeature[] = [...messageFeatures, ...toolFeatures, ...parameterFeatures];
