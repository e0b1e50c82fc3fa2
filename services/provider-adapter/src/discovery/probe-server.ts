import type { JsonObject, JsonValue } from "@sluice/dialects";
import { request } from "undici";
import type { LocalServer } from "../kinds/provider-kind.ts";

/** A server on loopback answers at once, or it is not asked any longer. */
const deadlineMs = 500;
const maxAnswerBytes = 1024 * 1024;
const maxModels = 1_000;

/** What a server of a kind on this machine lists. Undefined: there is none, or something else answers there. */
export async function probeServer(server: LocalServer, stop: AbortSignal): Promise<readonly string[] | undefined> {
  const origin = `http://127.0.0.1:${server.port}`;
  const told = await ask(origin + server.path, stop);
  if (told === undefined || !server.isThis(told.json, told.headers)) return undefined;
  const listed = server.path === modelsPath ? told : await ask(origin + modelsPath, stop);
  return listed === undefined ? [] : namesIn(listed.json);
}

const modelsPath = "/v1/models";

type Answer = { readonly json: JsonValue; readonly headers: Readonly<Record<string, string | string[] | undefined>> };

async function ask(url: string, stop: AbortSignal): Promise<Answer | undefined> {
  try {
    const response = await request(url, {
      method: "GET",
      headers: { accept: "application/json" },
      signal: AbortSignal.any([stop, AbortSignal.timeout(deadlineMs)]),
    });
    // Sluice answers on llama.cpp's port, and lists models as any of these do: it must not find itself.
    const isSluice = Object.keys(response.headers).some((name) => name.startsWith("x-sluice-"));
    if (response.statusCode !== 200 || isSluice) {
      await response.body.dump();
      return undefined;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxAnswerBytes) return undefined;
      chunks.push(chunk);
    }
    return { json: JSON.parse(Buffer.concat(chunks).toString("utf8")) as JsonValue, headers: response.headers };
  } catch {
    // Nobody answers, or not as such a server does: there is none.
    return undefined;
  }
}

function namesIn(json: JsonValue): readonly string[] {
  const data = (json as JsonObject | null)?.["data"];
  if (!Array.isArray(data)) return [];
  const names = data.flatMap((model: JsonValue) => {
    const id = (model as JsonObject | null)?.["id"];
    return typeof id === "string" && /^\S{1,200}$/.test(id) ? [id] : [];
  });
  return [...new Set(names)].slice(0, maxModels);
}
