import { createServer } from "node:http";
import { announce } from "./hot-path/announce.ts";

// Takes what OpenTelemetry exports and forgets it.

const server = createServer((request, response) => {
  request.on("end", () =>
    response.writeHead(200, ["content-type", "application/x-protobuf", "content-length", "0"]).end(),
  );
  request.resume();
});

announce(server);
