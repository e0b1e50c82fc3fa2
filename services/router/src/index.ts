export { type RouterConfig, routerEnv, routerMeshEnv } from "./config.ts";
export { createRouter, type Router, type RouterOptions } from "./create-router.ts";
export { createBillingSink, createJetStreamSink, type UsageSink } from "./usage/usage-sink.ts";
