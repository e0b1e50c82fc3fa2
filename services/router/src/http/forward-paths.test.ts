import { expect, test } from "vitest";
import { findForwardPaths } from "./forward-paths.ts";

const found = (path: string) => findForwardPaths(path).map((forward) => `${forward.method} ${forward.path}`);

test.each([
  ["/images/generations", ["POST /images/generations"]],
  ["/files", ["POST /files", "GET /files"]],
  ["/files/file-1a_B", ["GET /files/{id}", "DELETE /files/{id}"]],
  ["/files/file-1/content", ["GET /files/{id}/content"]],
  ["/batches/batch_1/cancel", ["POST /batches/{id}/cancel"]],
])("%s is served", (path, expected) => {
  expect(found(path)).toEqual(expected);
});

test.each([
  "/files/",
  "/files/a/b",
  "/files/..",
  "/files/a%2Fb",
  "/fine_tuning/jobs",
  "/images",
  "/organization/admin_api_keys",
])("%s is not", (path) => {
  expect(found(path)).toEqual([]);
});
