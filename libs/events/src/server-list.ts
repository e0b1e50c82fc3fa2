export interface ServerList {
  /** `host:port` each. */
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

const DEFAULT_PORT = 4222;

/**
 * Reads `nats://[user:password@ | token@]host[:port]`, several separated by commas; `tls://` anywhere asks for TLS. The
 * credentials of the first server that has some are used for all. Throws TypeError, without the text (it may hold a secret).
 */
export function parseServerList(text: string): ServerList {
  const urls = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(parseServer);
  if (urls.length === 0) throw new TypeError("url of the NATS server is empty: expected nats://host:port");
  const credentials = urls.find(({ username }) => username !== "");
  const user = credentials === undefined ? undefined : decodeURIComponent(credentials.username);
  const password =
    credentials === undefined || credentials.password === "" ? undefined : decodeURIComponent(credentials.password);
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port === "" ? DEFAULT_PORT : port}`),
    tls: urls.some(({ protocol }) => protocol === "tls:"),
    user: password === undefined ? undefined : user,
    password,
    token: password === undefined ? user : undefined,
  };
}

function parseServer(text: string): URL {
  const url = URL.parse(text.includes("://") ? text : `nats://${text}`);
  if (url === null || url.hostname === "" || (url.protocol !== "nats:" && url.protocol !== "tls:")) {
    throw new TypeError("url of the NATS server is malformed: expected nats://host:port or tls://host:port");
  }
  return url;
}
