/** There is no nats-server to run, or it did not start. */
export class NatsServerError extends Error {
  override readonly name = "NatsServerError";
}
