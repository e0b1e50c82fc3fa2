import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./measure.ts";
import { formatTable } from "./report.ts";

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile, seen 2026-11-22. Times are microseconds. */
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** A stretch of the monotonic clock, which V8's profiles and process.hrtime() share, in microseconds. */
export interface Window {
  readonly fromMicros: number;
  readonly toMicros: number;
}

export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** The profile that a process left in `dir`. Node puts the pid into its name. */
export function readProfile(dir: string, pid: number): CpuProfile | undefined {
  const file = readdirSync(dir).find((name) => name.split(".")[3] === String(pid) && name.endsWith(".cpuprofile"));
  return file === undefined ? undefined : (JSON.parse(readFileSync(join(dir, file), "utf8")) as CpuProfile);
}

/** Where a function is: its package, its file below that, and its line. */
interface Place {
  readonly name: string;
  readonly group: string;
  readonly file: string;
  readonly line: number;
}

export interface ProfileSummary {
  readonly busyMicros: number;
  readonly groups: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<string, number>;
  /** Time in the function itself. */
  readonly self: ReadonlyMap<string, number>;
  /** Time in Sluice's own functions with all that they called. What is awaited is not in it. */
  readonly inclusive: ReadonlyMap<string, number>;
}

const idle = "(idle)";

export function summarizeProfile(profile: CpuProfile, window: Window): ProfileSummary {
  const selfById = selfTimes(profile, window);
  const groups = new Map<string, number>();
  const files = new Map<string, number>();
  const self = new Map<string, number>();
  const inclusive = new Map<string, number>();
  let busyMicros = 0;

  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const called = new Set(profile.nodes.flatMap((node) => node.children ?? []));

  /** `above`: Sluice's functions on the stack, each once, so that recursion is not counted twice. */
  function visit(node: ProfileNode, above: ReadonlySet<string>): void {
    const place = placeOf(node);
    const micros = selfById.get(node.id) ?? 0;
    const label = labelOf(place);
    const stack = isOwn(place) && !above.has(label) ? new Set(above).add(label) : above;
    if (micros > 0 && place.name !== idle) {
      busyMicros += micros;
      add(groups, place.group, micros);
      add(files, place.file === "" ? place.group : `${place.group} ${place.file}`, micros);
      add(self, label, micros);
      for (const each of stack) add(inclusive, each, micros);
    }
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) visit(child, stack);
    }
  }
  for (const node of profile.nodes) if (!called.has(node.id)) visit(node, new Set());
  return { busyMicros, groups, files, self, inclusive };
}

/**
 * A process that had to wait for its core is sampled only when it goes on: whatever it did then would get the whole pause. So no sample
 * counts for longer than one and a half of the usual interval.
 */
function selfTimes(profile: CpuProfile, window: Window): Map<number, number> {
  const longest = 1.5 * median(profile.timeDeltas);
  const times = new Map<number, number>();
  let at = profile.startTime;
  for (const [place, id] of profile.samples.entries()) {
    at += profile.timeDeltas[place] ?? 0;
    if (at < window.fromMicros || at > window.toMicros) continue;
    add(times, id, Math.min(profile.timeDeltas[place + 1] ?? 0, longest));
  }
  return times;
}

function add<K>(times: Map<K, number>, key: K, micros: number): void {
  times.set(key, (times.get(key) ?? 0) + micros);
}

const root = join(import.meta.dirname, "..", "..");

function placeOf({ callFrame }: ProfileNode): Place {
  const { url, functionName } = callFrame;
  const name = functionName || "(anonymous)";
  const line = callFrame.lineNumber + 1;
  if (url === "") return { name, group: nativeGroup(name), file: "", line: 0 };
  if (url.startsWith("wasm:")) return { name, group: "wasm (undici's HTTP parser)", file: "", line: 0 };
  if (url.startsWith("node:")) return { name, group: "node", file: url.slice("node:".length), line };
  const path = url.startsWith("file:") ? fileURLToPath(url) : url;
  const inside = path.lastIndexOf("/node_modules/");
  if (inside !== -1) {
    const parts = path.slice(inside + "/node_modules/".length).split("/");
    const depth = parts[0]?.startsWith("@") ? 2 : 1;
    return { name, group: parts.slice(0, depth).join("/"), file: parts.slice(depth).join("/"), line };
  }
  const parts = path.startsWith(root) ? path.slice(root.length + 1).split("/") : [path];
  const depth = parts[0] === "libs" || parts[0] === "services" ? 2 : 1;
  return { name, group: parts.slice(0, depth).join("/"), file: parts.slice(depth).join("/"), line };
}

/** `(program)` is time outside JavaScript: the kernel and libuv. */
function nativeGroup(name: string): string {
  if (name === "(garbage collector)" || name === idle) return name;
  return name === "(program)" || name === "(root)" ? "(kernel, libuv)" : "(native functions)";
}

function isOwn(place: Place): boolean {
  return /^(libs|services|bench)\b/.test(place.group);
}

function labelOf({ name, group, file, line }: Place): string {
  return file === "" ? `${name} · ${group}` : `${name} · ${group} ${file}:${line}`;
}

const shown = { groups: 25, files: 30, self: 45, inclusive: 45 };

/** `cpuMicros` of a request are what the kernel counted: more than the profile has, because V8 calls the reading of sockets idle. */
export function formatProfile(title: string, summary: ProfileSummary, requests: number, cpuMicros: number): string {
  const { busyMicros } = summary;
  const table = (what: string, times: ReadonlyMap<string, number>, count: number) => {
    const sorted = [...times].sort((a, b) => b[1] - a[1]).slice(0, count);
    const lines = sorted.map(([label, micros]) => [
      label.replaceAll("|", "\\|"),
      (micros / requests).toFixed(2),
      `${((micros / busyMicros) * 100).toFixed(1)} %`,
    ]);
    return formatTable([what, "µs/request", "share"], lines);
  };
  return [
    `### ${title}: CPU ${cpuMicros.toFixed(1)} µs/request, of which the profile has ${(busyMicros / requests).toFixed(1)}`,
    table("self time by package", summary.groups, shown.groups),
    table("self time by file", summary.files, shown.files),
    table("self time by function", summary.self, shown.self),
    table("Sluice's own functions with what they call", summary.inclusive, shown.inclusive),
  ].join("\n\n");
}
