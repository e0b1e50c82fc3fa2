import { describe, expect, it } from "vitest";
import { bodyOf, changesOf, encode, type RequestInit, refusalOf } from "../../tests/anthropic-messages-request.ts";

describe("the form of the answer", () => {
  const schemaJson = JSON.stringify({
    type: "object",
    properties: { inner: { type: "object", properties: {} }, list: { type: "array", items: { type: "object" } } },
    $defs: { open: { type: "object", additionalProperties: true } },
  });

  it("closes the objects of a schema, as Anthropic requires, and says so", () => {
    const encoded = encode({ responseFormat: { kind: { case: "jsonSchema", value: { name: "answer", schemaJson } } } });
    expect(bodyOf(encoded)["output_config"]).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: {
            inner: { type: "object", properties: {}, additionalProperties: false },
            list: { type: "array", items: { type: "object", additionalProperties: false } },
          },
          $defs: { open: { type: "object", additionalProperties: true } },
          additionalProperties: false,
        },
      },
    });
    expect(changesOf(encoded)).toEqual(["response_format=converted"]);
  });

  it("has none for any JSON object, and refuses a schema that is none", () => {
    expect(changesOf(encode({ responseFormat: { kind: { case: "jsonObject", value: {} } } }))).toEqual([
      "response_format=dropped",
    ]);
    expect(changesOf(encode({ responseFormat: { kind: { case: "text", value: {} } } }))).toEqual([]);
    const broken: RequestInit = { responseFormat: { kind: { case: "jsonSchema", value: { schemaJson: "no" } } } };
    expect(refusalOf(encode(broken))).toMatch(/JSON Schema/);
  });
});
