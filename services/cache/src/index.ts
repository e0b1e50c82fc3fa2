export { type CacheConfig, cacheEnv, cacheMeshEnv, readCacheConfig } from "./config.ts";
export { type Cache, type CacheOptions, createCache } from "./create-cache.ts";
export { migrations, schema } from "./upkeep/look.ts";
