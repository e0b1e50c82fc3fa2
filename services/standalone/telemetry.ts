import { startTelemetry } from "@sluice/runtime";
import { version } from "@sluice/runtime/version";

startTelemetry({ serviceName: "sluice", version, env: process.env });
