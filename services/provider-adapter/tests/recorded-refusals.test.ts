import { dialectByName, editJson, type JsonObject, openaiChat } from "@sluice/dialects";
import { listRecordings, readRecording, recordingsAvailable } from "@sluice/testing";
import { describe, expect, test } from "vitest";
import { recogniseRefusal } from "../src/parameters/recognise-refusal.ts";

const refusals = recordingsAvailable() ? listRecordings({ ok: false }) : [];

/** What providers really said; of all of these one is about a parameter. */
describe.skipIf(!recordingsAvailable())("recorded refusals", () => {
  test.each(refusals.map((recording) => [recording.id, recording] as const))("%s", (id, recording) => {
    const body = readRecording(id);
    const sent = (recording.request ?? {}) as JsonObject;
    const error = (dialectByName(recording.api) ?? openaiChat).decodeError(body);
    const recognised = recogniseRefusal({ error, body: body.toString(), sent });
    if (id !== "ant-err-400") {
      expect(recognised).toBeUndefined();
      return;
    }
    expect(editJson(sent, recognised?.edits ?? [])).toEqual({ ...sent, output_config: { effort: "max" } });
  });
});
