export { type ConnectionStatus, type ConnectOptions, connectEvents, type EventsConnection } from "./connection.ts";
export {
  type ConsumeOptions,
  type Consumer,
  type ConsumerStatus,
  consume,
  type Disposition,
} from "./consume.ts";
export { type ConsumerPlace, readConsumerPlace } from "./consumer-place.ts";
export type { EventMessage } from "./delivery.ts";
export { StreamError } from "./jetstream-api.ts";
export {
  type NatsServer,
  type NatsServerBinary,
  type ObtainNatsServerOptions,
  obtainNatsServer,
  type StartNatsServerOptions,
  startNatsServer,
} from "./nats-server.ts";
export { createPublisher, type EventToPublish, type Publisher, type PublisherOptions } from "./publish.ts";
export { PublishError, type PublishErrorKind } from "./publish-error.ts";
export { ensureStream, readStreamInfo, type StreamInfo, type StreamSpec } from "./streams.ts";
export { usageStream } from "./usage-stream.ts";
