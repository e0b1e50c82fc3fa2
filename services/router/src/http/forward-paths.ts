/** An endpoint of OpenAI's that is passed on and not translated. Paths are below `/v1`; `{id}` is one segment. */
export type ForwardPath = {
  readonly path: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** Whether the body names a model. Without one the provider is named by `x-sluice-provider`. */
  readonly model: "required" | "optional" | "none";
  /** Providers charge nothing for it, or charge later for what it starts. */
  readonly free: boolean;
};

/** After OpenAI's API reference (platform.openai.com/docs/api-reference, seen 2026-11-22); rerank after Cohere's and Jina's, which others took over. */
export const forwardPaths: readonly ForwardPath[] = [
  { path: "/images/generations", method: "POST", model: "required", free: false },
  { path: "/images/edits", method: "POST", model: "required", free: false },
  { path: "/images/variations", method: "POST", model: "optional", free: false },
  { path: "/audio/speech", method: "POST", model: "required", free: false },
  { path: "/audio/transcriptions", method: "POST", model: "required", free: false },
  { path: "/audio/translations", method: "POST", model: "required", free: false },
  { path: "/moderations", method: "POST", model: "optional", free: true },
  { path: "/rerank", method: "POST", model: "required", free: false },
  { path: "/files", method: "POST", model: "none", free: true },
  { path: "/files", method: "GET", model: "none", free: true },
  { path: "/files/{id}", method: "GET", model: "none", free: true },
  { path: "/files/{id}", method: "DELETE", model: "none", free: true },
  { path: "/files/{id}/content", method: "GET", model: "none", free: true },
  { path: "/batches", method: "POST", model: "none", free: false },
  { path: "/batches", method: "GET", model: "none", free: true },
  { path: "/batches/{id}", method: "GET", model: "none", free: true },
  { path: "/batches/{id}/cancel", method: "POST", model: "none", free: true },
];

/** The endpoints at a path, by method. */
export function findForwardPaths(path: string): readonly ForwardPath[] {
  const segments = path.split("/");
  return forwardPaths.filter((forward) => matches(forward.path.split("/"), segments));
}

const segment = /^[A-Za-z0-9_-]{1,256}$/;

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, place) => (part === "{id}" ? segment.test(segments[place] ?? "") : part === segments[place]))
  );
}
