import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { listRecordings, readRecording, recordingsAvailable } from "@sluice/testing";
import { describe, expect, test } from "vitest";
import { anthropicMessages as dialect } from "../src/anthropic-messages/index.ts";
import { collectResponse } from "../src/collect-response.ts";
import type { JsonObject } from "../src/dialect.ts";
import { decodeStream, readSse, simplifyRequest } from "./anthropic-messages-testdata.ts";

const recordings = recordingsAvailable() ? listRecordings({ api: "anthropic.messages" }) : [];
const streams = recordings.filter(({ stream, status }) => stream && status === 200);
const bodies = recordings.filter(({ stream, status }) => !stream && status === 200);
const options = { includeUsage: true, fallbackId: "fallback", fallbackCreatedSeconds: 0 };

function events(id: string): readonly StreamEvent[] {
  return decodeStream(readSse(readRecording(id)), dialect.createStreamDecoder());
}

/** Every string under `key`, at any depth of the events' data. */
function findStrings(value: unknown, key: string): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === key && typeof member === "string" && member !== "" ? [member] : findStrings(member, key),
  );
}

describe.skipIf(streams.length === 0)("recorded streams of Anthropic", () => {
  test.each(streams)("$id is told again to an Anthropic client as it was", ({ id }) => {
    const before = events(id);
    const encoder = dialect.createStreamEncoder(options);
    const sent = before.map((event) => encoder.push(event)).join("");
    const again = collectResponse(decodeStream(readSse(Buffer.from(sent)), dialect.createStreamDecoder()));
    const told = collectResponse(before);
    // Empty texts are not sent.
    for (const candidate of told.candidates) {
      candidate.parts = candidate.parts.filter(({ kind }) => kind.case !== "text" || kind.value.text !== "");
    }
    for (const response of [again, told]) {
      response.extensions.sort((one, other) => one.field.localeCompare(other.field));
      response.usageJson = "";
    }
    expect(again).toEqual(told);
    expect(encoder.changes()).toEqual([]);
  });

  test.each(streams)("$id keeps signatures and encrypted content byte for byte", ({ id }) => {
    const raw = readSse(readRecording(id)).map(({ data }) => JSON.parse(data) as unknown);
    const encoder = dialect.createStreamEncoder(options);
    const sent = readSse(
      Buffer.from(
        events(id)
          .map((event) => encoder.push(event))
          .join(""),
      ),
    ).map(({ data }) => JSON.parse(data) as unknown);
    for (const key of ["signature", "data", "encrypted_content", "encrypted_index"]) {
      expect(findStrings(sent, key)).toEqual(findStrings(raw, key));
    }
  });
});

describe.skipIf(bodies.length === 0)("recorded answers of Anthropic", () => {
  test.each(bodies)("$id is told again as it was", ({ id }) => {
    const body = JSON.parse(readRecording(id).toString("utf8")) as JsonObject;
    const decoded = dialect.decodeResponse(body);
    if (decoded.kind !== "response") throw new Error(decoded.kind);
    const encoded = dialect.encodeResponse(decoded.response, options);
    const { stop_details: _null, ...expected } = body;
    expect(encoded.body).toEqual(expected);
    expect(encoded.changes).toEqual([]);
  });
});

describe.skipIf(recordings.length === 0)("recorded requests to Anthropic", () => {
  const requests = recordings.filter(({ request, status }) => request !== undefined && status === 200);
  test.each(requests)("$id comes back as it was", ({ request }) => {
    const body = request as JsonObject;
    expect(dialect.readFacts(body)).toMatchObject({ kind: "valid", value: { model: body["model"] } });
    const decoded = dialect.decodeRequest(body);
    if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
    const encoded = dialect.encodeRequest(decoded.value, {
      model: String(body["model"]),
      stream: body["stream"] === true,
      defaultMaxOutputTokens: 1,
    });
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    expect(simplifyRequest(encoded.body)).toEqual(simplifyRequest(body));
  });
});
