import { expect, test } from "vitest";
import { findForward, resolveForwards } from "./resolve-forwards.ts";

const resolved = resolveForwards(
  [
    { path: "/moderations" },
    { path: "/rerank", to: "/v2/rerank" },
    { path: "/files/*" },
    { path: "/images/generations", to: "/deployments/{model}/images/generations?api-version={version}" },
    { path: "/audio/speech", to: "/accounts/{account}/speech" },
  ],
  "/v1",
  { version: "2026-01" },
);

test.each([
  ["/moderations", "/v1/moderations"],
  ["/rerank", "/v1/v2/rerank"],
  ["/files/file-1/content", "/v1/files/file-1/content"],
  ["/images/generations", "/v1/deployments/dall%2Fe/images/generations?api-version=2026-01"],
])("%s is at %s", (path, to) => {
  expect(findForward(resolved, path, "dall/e")).toBe(to);
});

test.each(["/files", "/audio/speech", "/moderations/x"])("%s is not there", (path) => {
  expect(findForward(resolved, path, "m")).toBeUndefined();
});
