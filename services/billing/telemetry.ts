import { startTelemetry } from "@sluice/runtime";
import { version } from "@sluice/runtime/version";

startTelemetry({ serviceName: "sluice-billing", version, env: process.env });
