import { create } from "@bufbuild/protobuf";
import { CitationSchema } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, it } from "vitest";
import { decodeCitation, encodeCitation, encodeOwnCitation, isGenuineCitation } from "./citation.ts";

// The kinds that Anthropic documents (platform.claude.com/docs/en/build-with-claude/citations, seen 2026-11-22).
const kinds = [
  {
    type: "char_location",
    cited_text: "x",
    document_index: 0,
    document_title: "D",
    start_char_index: 0,
    end_char_index: 1,
  },
  {
    type: "page_location",
    cited_text: "x",
    document_index: 0,
    document_title: null,
    start_page_number: 1,
    end_page_number: 2,
  },
  { type: "content_block_location", cited_text: "x", document_index: 0, start_block_index: 0, end_block_index: 1 },
  { type: "web_search_result_location", cited_text: "x", url: "https://a.b", title: "A", encrypted_index: "ZQ==" },
  { type: "search_result_location", cited_text: "x", source: "https://a.b", title: "A", search_result_index: 0 },
];

describe("citations", () => {
  it.each(kinds)("of Anthropic come back whole: $type", (citation) => {
    const decoded = decodeCitation(citation);
    expect(decoded.citedText).toBe("x");
    expect(encodeCitation(decoded)).toEqual(citation);
    expect(encodeOwnCitation(decoded)).toEqual(citation);
    expect(isGenuineCitation(citation)).toBe(true);
  });

  it("fill the hub's fields as far as they go", () => {
    expect(kinds.map((kind) => decodeCitation(kind)).map(({ url, title }) => [url, title])).toEqual([
      ["", "D"],
      ["", ""],
      ["", ""],
      ["https://a.b", "A"],
      ["https://a.b", "A"],
    ]);
  });

  it("of other dialects are told with an empty index, by which they are known", () => {
    const foreign = create(CitationSchema, { url: "https://a.b", citedText: "x", dialect: "openai.chat", json: "{}" });
    expect(encodeOwnCitation(foreign)).toBeUndefined();
    const made = encodeCitation(foreign);
    expect(made).toMatchObject({ type: "web_search_result_location", url: "https://a.b", title: null });
    expect(made !== undefined && isGenuineCitation(made)).toBe(false);
    expect(encodeCitation(create(CitationSchema, { citedText: "x" }))).toBeUndefined();
  });
});
