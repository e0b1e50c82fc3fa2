import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  ConfigProblemSchema,
  type ConfigService,
  type ConfigProblem as EncodedProblem,
} from "@sluice/api/sluice/config/v1/config_service";
import { type ConfigProblem, redactSecrets } from "@sluice/config";
import type { ServiceImpl } from "@sluice/rpc";
import type { Configuration } from "./declared/configuration.ts";
import { findChanges, withoutSecrets } from "./declared/find-changes.ts";
import { notAvailableYet } from "./errors.ts";

export function createConfigService(configuration: Configuration): ServiceImpl<typeof ConfigService> {
  return {
    getConfig() {
      const { inForce, refused } = configuration;
      return {
        version: { etag: inForce.etag, applyTime: timestampFromMs(inForce.appliedMs) },
        yaml: redactSecrets(inForce.text),
        problems: refused.map(encodeProblem),
      };
    },

    planConfig({ yaml }) {
      const parsed = configuration.parse(yaml);
      if (parsed.kind === "invalid") return { problems: parsed.problems.map(encodeProblem) };
      return { changes: [...findChanges(configuration.inForce.config, withoutSecrets(parsed.config))] };
    },

    applyConfig() {
      throw notAvailableYet("ApplyConfig");
    },

    listConfigVersions() {
      throw notAvailableYet("ListConfigVersions");
    },
  };
}

function encodeProblem({ path, line, column, message }: ConfigProblem): EncodedProblem {
  return create(ConfigProblemSchema, { path: path.slice(0, 1_024), line, column, message: message.slice(0, 4_096) });
}
