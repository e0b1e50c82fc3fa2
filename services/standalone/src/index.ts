export { keepLocalSecret } from "./local-secret.ts";
export { welcome } from "./welcome.ts";
