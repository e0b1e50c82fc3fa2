import { setTimeout as sleep } from "node:timers/promises";
import { createLifecycle, createLogger } from "../src/index.ts";

// Works until it is told to stop, and then for a moment more.
const logger = createLogger({ service: "child", level: "info" });
const lifecycle = createLifecycle({ logger });
const timer = setInterval(() => {}, 1_000);
lifecycle.defer("work", async () => {
  logger.info("stopping work");
  await logger.flush();
  await sleep(600);
  clearInterval(timer);
});
lifecycle.ready();
logger.info("ready");
await logger.flush();
