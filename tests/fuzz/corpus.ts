import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { listRecordings, readRecording, recordingsAvailable } from "@sluice/testing";

/** Something real, or made after the documentation, to begin from. `dialect`: whose it is. */
export type Sample = {
  readonly name: string;
  readonly dialect: string;
  readonly kind: "request" | "whole" | "stream";
  readonly bytes: Buffer;
};

const testdata = join(import.meta.dirname, "..", "..", "libs", "dialects", "testdata");

/** All recordings that there are, and the test data of the dialects. */
export function readCorpus(): readonly Sample[] {
  const samples: Sample[] = [];
  for (const set of ["made", "broken"]) {
    for (const folder of readdirSync(join(testdata, set))) {
      for (const file of readdirSync(join(testdata, set, folder))) {
        const kind = /\.request\.json$/.test(file) ? "request" : file.endsWith(".json") ? "whole" : "stream";
        const bytes = readFileSync(join(testdata, set, folder, file));
        samples.push({ name: `${set}/${folder}/${file}`, dialect: folder.replace("-", "."), kind, bytes });
      }
    }
  }
  if (!recordingsAvailable()) return samples;
  for (const { id, api, stream, status, request } of listRecordings()) {
    const kind = stream && status === 200 ? "stream" : "whole";
    samples.push({ name: id, dialect: api, kind, bytes: readRecording(id) });
    if (request !== undefined) {
      samples.push({
        name: `${id} request`,
        dialect: api,
        kind: "request",
        bytes: Buffer.from(JSON.stringify(request)),
      });
    }
  }
  return samples;
}
