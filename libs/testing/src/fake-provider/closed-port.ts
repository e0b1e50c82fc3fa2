import { type AddressInfo, connect, createServer } from "node:net";

export interface ClosedPort extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/**
 * A port of 127.0.0.1 that refuses connections until it is disposed of. It is the near end of an open connection, so
 * that nobody else is given it to listen on in the meantime.
 */
export async function createClosedPort(): Promise<ClosedPort> {
  const server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  const port = (socket.address() as AddressInfo).port;
  server.unref();
  socket.unref();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
