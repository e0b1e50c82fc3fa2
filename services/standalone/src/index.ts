export { ensureFirstKey, type FirstKey } from "./first-key.ts";
export { keepLocalSecret } from "./local-secret.ts";
export { welcome } from "./welcome.ts";
