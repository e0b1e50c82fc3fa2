import { closeSync, openSync } from "node:fs";
import { readdir, unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { JournalError } from "./journal-error.ts";

/** Shows that the owner of a folder lives: a listening socket that goes with the process, whatever kills it. */
export interface InstanceLock {
  release(): Promise<void>;
}

const lockName = /^owner-(\d{1,9})\.sock$/;
const maxSocketPathBytes = 100;
const connectTimeoutMs = 1_000;
const bindToListenMs = 25;

/**
 * Takes a folder whose owner is dead; undefined if it lives, or another process takes it in this moment.
 *
 * Locks are numbered: the highest number is the lock, and it is taken over by binding the next one, which only one process
 * can. So no lock is ever removed that somebody might hold.
 */
export async function acquireLock(folder: string): Promise<InstanceLock | undefined> {
  const address = openAddress(folder);
  try {
    const highest = Math.max(0, ...(await listLocks(folder)));
    if (highest > 0 && (await isAlive(address.of(highest)))) return undefined;
    const server = await bind(address.of(highest + 1));
    if (server === undefined) return undefined;
    const lock = createLock(server, address);
    const present = await listLocks(folder);
    if (present.some((number) => number > highest + 1)) {
      await lock.release();
      return undefined;
    }
    for (const number of present) if (number <= highest) await unlink(join(folder, fileName(number))).catch(() => {});
    return lock;
  } catch (cause) {
    address.close();
    if (isCode(cause, "ENOENT")) return undefined;
    throw new JournalError(`cannot take the lock of ${folder}`, { reason: "unusable_directory", cause });
  }
}

function createLock(server: Server, address: SocketAddress): InstanceLock {
  // The owner lives as long as its process: the lock alone keeps no process alive.
  server.unref();
  server.on("connection", (socket) => socket.destroy());
  return {
    release: () =>
      new Promise((resolve) => {
        server.close(() => {
          address.close();
          resolve();
        });
      }),
  };
}

async function listLocks(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => {
    const match = lockName.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

function fileName(number: number): string {
  return `owner-${number}.sock`;
}

interface SocketAddress {
  of(number: number): string;
  close(): void;
}

/**
 * A socket's path has at most 107 bytes on Linux (man 7 unix). A longer folder is reached through its descriptor, which stays
 * open as long as the lock.
 */
function openAddress(folder: string): SocketAddress {
  if (Buffer.byteLength(join(folder, fileName(999_999_999))) <= maxSocketPathBytes) {
    return { of: (number) => join(folder, fileName(number)), close() {} };
  }
  if (process.platform !== "linux") {
    const text = `path ${folder} is too long for a socket, expected at most ${maxSocketPathBytes} bytes; use a shorter directory`;
    throw new JournalError(text, { reason: "unusable_directory" });
  }
  const descriptor = openSync(folder, "r");
  return {
    of: (number) => `/proc/self/fd/${descriptor}/${fileName(number)}`,
    close: () => closeSync(descriptor),
  };
}

/** Undefined if the name is taken. */
function bind(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      if (isCode(error, "EADDRINUSE")) resolve(undefined);
      else reject(error);
    });
    server.listen({ path }, () => resolve(server));
  });
}

/** Asked again after a refusal: a process binds a moment before it listens. */
async function isAlive(path: string): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, bindToListenMs));
    if (await answers(path)) return true;
  }
  return false;
}

/** Whatever is not a clear "nobody listens" counts as life: a living owner's folder must be left alone. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (alive: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(alive);
    };
    const timer = setTimeout(() => settle(true), connectTimeoutMs);
    socket.once("connect", () => settle(true));
    socket.once("error", (error) => settle(!isCode(error, "ECONNREFUSED") && !isCode(error, "ENOENT")));
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
