export { type ConnectionStatus, type ConnectOptions, connectEvents, type EventsConnection } from "./connection.ts";
export {
  type ConsumeOptions,
  type Consumer,
  type ConsumerStatus,
  consume,
  type Disposition,
  type EventMessage,
} from "./consume.ts";
export {
  type NatsServer,
  type NatsServerBinary,
  type ObtainNatsServerOptions,
  obtainNatsServer,
  type StartNatsServerOptions,
  startNatsServer,
} from "./nats-server.ts";
export {
  createPublisher,
  type EventToPublish,
  PublishError,
  type PublishErrorKind,
  type Publisher,
  type PublisherOptions,
} from "./publish.ts";
export { ensureStream, readStreamInfo, type StreamInfo, type StreamSpec } from "./streams.ts";
