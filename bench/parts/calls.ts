import { create } from "@bufbuild/protobuf";
import {
  type CompleteResponse,
  CompleteResponseSchema,
  ProviderAdapterService,
  type StreamResponse,
  StreamResponseSchema,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import {
  type Client,
  createClient,
  createDirectTransport,
  createFastTransport,
  createRpcHandler,
  implement,
  listen,
} from "@sluice/rpc";
import { silentLogger } from "@sluice/runtime";
import { bodies, chunkCount, streamReply, unaryReply } from "../hot-path/bodies.ts";
import { usage } from "./governance.ts";
import { type Part, timeAsyncPart } from "./time.ts";

const meshSecret = "bench-mesh-secret-0123456789abcdef";
const serviceName = "sluice.bench";
const attempt = { attemptId: "0195-attempt", requestId: "0195-request", model: "openai/gpt-4o-mini" };

const answer: CompleteResponse = create(CompleteResponseSchema, {
  outcome: { case: "success", value: { payload: { case: "body", value: unaryReply() }, facts: { usage } } },
});
const pieces: readonly StreamResponse[] = streamReply().map((body) =>
  create(StreamResponseSchema, { event: { case: "chunk", value: { body, outputCharacters: 60 } } }),
);
const unavailable = () => {
  throw new Error("the bench does not call this");
};

const adapter = implement(
  ProviderAdapterService,
  {
    complete: () => answer,
    async *stream() {
      for (const piece of pieces) {
        yield piece;
        // One message in a turn of the event loop, as a provider sends them.
        await new Promise(setImmediate);
      }
    },
    describe: unavailable,
    embed: unavailable,
    countTokens: unavailable,
    forward: unavailable,
  },
  { complete: { validate: "off" }, stream: { validate: "off" } },
);

/** Both sides of each call are in this process, so a figure is the sum of client and server. */
export async function callParts(): Promise<Part[]> {
  const registrations = [adapter];
  const direct = createDirectTransport({ registrations, logger: silentLogger, serviceName });
  const handler = createRpcHandler({
    services: registrations,
    access: { rules: { [ProviderAdapterService.typeName]: "mesh" }, meshSecret },
    logger: silentLogger,
    serviceName,
  });
  await using listener = await listen({ port: 0, handler, logger: silentLogger });
  await using fast = createFastTransport({ baseUrl: listener.url, meshSecret, serviceName });
  return [
    ...(await partsOf("direct", createClient(ProviderAdapterService, direct))),
    ...(await partsOf("fast", createClient(ProviderAdapterService, fast))),
  ];
}

async function partsOf(transport: string, client: Client<typeof ProviderAdapterService>): Promise<Part[]> {
  const parts: Part[] = [];
  for (const { name, bytes } of bodies.filter((body) => body.name !== "stream")) {
    const payload = { case: "body" as const, value: { dialect: "openai.chat", body: bytes } };
    parts.push(await timeAsyncPart(`rpc ${transport}, unary, ${name}`, () => client.complete({ attempt, payload })));
  }
  const stream = await timeAsyncPart(
    `rpc ${transport}, stream, per message`,
    async () => {
      let count = 0;
      const payload = { case: "body" as const, value: { dialect: "openai.chat", body: new Uint8Array(0) } };
      for await (const _piece of client.stream({ attempt, payload })) count += 1;
      if (count !== chunkCount) throw new Error(`${count} messages came, expected ${chunkCount}`);
    },
    8,
  );
  return [...parts, { ...stream, micros: stream.micros / chunkCount }];
}
