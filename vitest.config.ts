import { defineConfig } from "vitest/config";

// unit: beside the code, no network, no disk but testdata. integration: real Postgres, real nats-server, one service.
// system: whole Sluice as processes, official SDKs as clients.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{libs,services}/*/src/**/*.test.ts", "tools/*.test.ts"],
          // Files of one worker share their modules: loading them anew for each costs more than all tests together.
          isolate: false,
        },
      },
      {
        test: {
          name: "integration",
          include: ["{libs,services}/*/tests/**/*.test.ts"],
          globalSetup: "libs/testing/src/vitest-global-setup.ts",
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["tests/**/*.test.ts"],
          globalSetup: "libs/testing/src/vitest-global-setup.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
