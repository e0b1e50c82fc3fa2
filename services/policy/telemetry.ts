import { startTelemetry } from "@sluice/runtime";
import { version } from "@sluice/runtime/version";

startTelemetry({ serviceName: "sluice-policy", version, env: process.env });
