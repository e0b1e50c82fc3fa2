import { describe, expect, test } from "vitest";
import { decodeStream, encoderOptions, encodeStream, readSse } from "../../tests/streams.ts";
import { listTestdata, readTestdata, readTestdataJson } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import { explodeResponse } from "../explode-response.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { bedrockConverse } from "./index.ts";

// It takes all that the requests ask for.
const model = "us.anthropic.claude-opus-4-5-20251101-v1:0";

const folder = "made/bedrock-converse";

test.each(listTestdata(folder, ".request.json"))("request %s returns as it came", (name) => {
  const body = readTestdataJson(`${folder}/${name}.request.json`);
  const decoded = bedrockConverse.decodeRequest(body, { model, stream: false });
  if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
  const encoded = bedrockConverse.encodeRequest(decoded.value, {
    model,
    stream: false,
    defaultMaxOutputTokens: 1,
  });
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  expect(encoded.changes).toEqual([]);
  const { additionalModelResponseFieldPaths: paths, ...sent } = encoded.body;
  expect(sent).toEqual({ ...body, additionalModelResponseFieldPaths: undefined });
  // Asked for so that the client can be told of the stop sequence.
  expect(paths).toEqual(body["additionalModelResponseFieldPaths"] ?? (paths && ["/stop_sequence"]));
});

describe("answers", () => {
  test.each(listTestdata(folder, ".response.json"))("%s returns as it came", (name) => {
    const body = readTestdataJson(`${folder}/${name}.response.json`);
    const decoded = bedrockConverse.decodeResponse(body);
    if (decoded.kind !== "response") throw new Error(JSON.stringify(decoded));
    const written = bedrockConverse.encodeResponse(decoded.response, encoderOptions);
    expect(written.changes).toEqual([]);
    expect(written.body).toEqual(body);
  });

  test.each(listTestdata(folder, ".response.json"))("%s says the same as a stream", (name) => {
    const decoded = bedrockConverse.decodeResponse(readTestdataJson(`${folder}/${name}.response.json`));
    if (decoded.kind !== "response") throw new Error(JSON.stringify(decoded));
    const text = encodeStream(bedrockConverse, explodeResponse(decoded.response));
    const events = decodeStream(bedrockConverse, readSse([Buffer.from(text)]));
    expect(findStreamFaults(events)).toEqual([]);
    const again = collectResponse(events);
    const kinds = (parts: typeof decoded.response.candidates) => parts[0]?.parts.map(({ kind }) => kind);
    expect(kinds(again.candidates)).toEqual(kinds(decoded.response.candidates));
    expect(again.usage).toEqual(decoded.response.usage);
  });
});

test.each(listTestdata(folder, ".stream.sse").filter((name) => name !== "error"))(
  "stream %s says the same when it is told again",
  (name) => {
    const events = decodeStream(bedrockConverse, readSse([readTestdata(`${folder}/${name}.stream.sse`)]));
    const again = decodeStream(bedrockConverse, readSse([Buffer.from(encodeStream(bedrockConverse, events))]));
    expect(findStreamFaults(again)).toEqual([]);
    expect(collectResponse(again)).toEqual(collectResponse(events));
  },
);
