import { startTelemetry } from "@sluice/runtime";
import { version } from "@sluice/runtime/version";

startTelemetry({ serviceName: "sluice-cache", version, env: process.env });
