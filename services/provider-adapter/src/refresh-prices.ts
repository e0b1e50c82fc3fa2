import type { Logger } from "@sluice/runtime";
import { request } from "undici";
import { parsePriceList } from "./catalogue/parse-price-list.ts";
import type { PriceList } from "./catalogue/price-list.ts";

/** The largest price list that is taken. */
const maxBytes = 16 * 1024 * 1024;
const deadlineMs = 30_000;

/** Where a price list stands that is fetched again and again. */
export interface PriceRefresh {
  /** What went wrong at the last look. Undefined: nothing, or there was none yet. */
  readonly trouble: string | undefined;
  /** Looks now. Never rejects. */
  look(): Promise<void>;
}

/**
 * Fetches a price list now and then, in the format of genai-prices. A list that cannot be had or read changes nothing. What is unchanged, by
 * its ETag, is not read again.
 */
export function refreshPrices(options: {
  readonly url: string;
  readonly everyMs: number;
  readonly onList: (list: PriceList) => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): PriceRefresh {
  const { url, everyMs, onList, logger, signal } = options;
  const { host, pathname } = new URL(url);
  let etag: string | undefined;
  let trouble: string | undefined;
  let looking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const answer = await fetchList(url, etag, signal);
    if (answer.kind === "unchanged") {
      trouble = undefined;
      return;
    }
    const parsed = answer.kind === "failed" ? undefined : parsePriceList(answer.text, `${host}${pathname}`);
    if (answer.kind === "failed" || parsed?.kind !== "valid") {
      trouble = answer.kind === "failed" ? answer.reason : (parsed as { reason: string }).reason;
      if (!signal.aborted)
        logger.warn("the price list is not refreshed: what was in force stays", { host, detail: trouble });
      return;
    }
    etag = answer.etag;
    trouble = undefined;
    onList(parsed.list);
    const models = [...parsed.list.values()].reduce((sum, provider) => sum + provider.models.length, 0);
    logger.info("the price list is refreshed", { host, providers: parsed.list.size, models });
  }

  function look(): Promise<void> {
    looking ??= ask().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  void look();
  return {
    get trouble() {
      return trouble;
    },
    look,
  };
}

type Fetched =
  | { readonly kind: "fetched"; readonly text: string; readonly etag: string | undefined }
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly reason: string };

async function fetchList(url: string, etag: string | undefined, stop: AbortSignal): Promise<Fetched> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(deadlineMs)]);
  try {
    const response = await request(url, {
      method: "GET",
      signal,
      headers: {
        accept: "application/json",
        "accept-encoding": "identity",
        "user-agent": "sluice",
        ...(etag === undefined ? {} : { "if-none-match": etag }),
      },
    });
    if (response.statusCode === 304) {
      await response.body.dump();
      return { kind: "unchanged" };
    }
    if (response.statusCode !== 200) {
      await response.body.dump();
      return { kind: "failed", reason: `it answered ${response.statusCode}` };
    }
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) return { kind: "failed", reason: `it is larger than ${maxBytes} bytes` };
      chunks.push(chunk);
    }
    const given = response.headers["etag"];
    return {
      kind: "fetched",
      text: Buffer.concat(chunks).toString("utf8"),
      etag: typeof given === "string" ? given : undefined,
    };
  } catch (error) {
    const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
    return { kind: "failed", reason: `it could not be fetched (${String(code ?? name ?? "unknown")})` };
  }
}
