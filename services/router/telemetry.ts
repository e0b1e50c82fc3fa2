import { startTelemetry } from "@sluice/runtime";
import { version } from "@sluice/runtime/version";

startTelemetry({ serviceName: "sluice-router", version, env: process.env });
