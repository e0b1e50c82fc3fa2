import { expect, test } from "vitest";
import { isRpcPath } from "./rpc-handler.ts";

test.each([
  "/sluice.gateway.v1.GatewayService/Complete",
  "/sluice.gateway.v1.GatewayService/ListModels?connect=v1&encoding=json",
  "/grpc.health.v1.Health/Check",
  "/a.B/C",
])("%s has the form of an RPC", (url) => {
  expect(isRpcPath(url)).toBe(true);
});

test.each([
  "/",
  "",
  "/healthz",
  "/v1/chat/completions",
  "/v1beta/models/gemini-2.5-pro:generateContent",
  "/v1.5/models",
  "/Health/Check",
  "/grpc.health.v1.Health",
  "/grpc.health.v1.Health/",
  "/grpc.health.v1.Health/Check/more",
  "/.Health/Check",
  "/health./Check",
  "/models?name=a.B/C",
])("%s has not", (url) => {
  expect(isRpcPath(url)).toBe(url === "/v1.5/models");
});
