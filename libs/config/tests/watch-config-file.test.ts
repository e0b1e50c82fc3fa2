import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigRead, watchConfigFile } from "@sluice/config";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let folder: string;
let stop: AbortController;
let reads: ConfigRead[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-config-"));
  stop = new AbortController();
  reads = [];
});
afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true, force: true });
});

function watch(path: string, pollMs = 60_000): void {
  watchConfigFile(path, (read) => reads.push(read), stop.signal, { settleMs: 20, pollMs });
}

async function expectLast(text: string): Promise<void> {
  await vi.waitFor(() => expect(reads.at(-1)).toEqual({ kind: "text", text }), { timeout: 5_000 });
}

describe("watchConfigFile", () => {
  it("reads at once, then whenever the content differs", async () => {
    const file = join(folder, "sluice.yaml");
    await writeFile(file, "one");
    watch(file);
    expect(reads).toEqual([{ kind: "text", text: "one" }]);
    await writeFile(file, "two");
    await expectLast("two");
    const seen = reads.length;
    await writeFile(file, "two");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(reads).toHaveLength(seen);
  });

  it("follows a file that an editor replaces, again and again", async () => {
    const file = join(folder, "sluice.yaml");
    await writeFile(file, "one");
    watch(file);
    for (const text of ["two", "three"]) {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
      await expectLast(text);
    }
  });

  it("follows links that are swapped, as Kubernetes does", async () => {
    for (const [name, text] of [
      ["v1", "one"],
      ["v2", "two"],
    ] as const) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "sluice.yaml"), text);
    }
    await symlink("v1", join(folder, "..data"));
    await symlink("..data/sluice.yaml", join(folder, "sluice.yaml"));
    watch(join(folder, "sluice.yaml"));
    await expectLast("one");
    await symlink("v2", join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    await expectLast("two");
  });

  it("says that the file is gone, and takes it when it is back", async () => {
    const file = join(folder, "sluice.yaml");
    await writeFile(file, "one");
    watch(file);
    await unlink(file);
    await vi.waitFor(() => expect(reads.at(-1)).toEqual({ kind: "unreadable", reason: "there is no such file" }));
    await writeFile(file, "one");
    await expectLast("one");
  });

  it("notices by itself where the file system says nothing", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "sluice-config-"));
    await writeFile(join(elsewhere, "real.yaml"), "one");
    await symlink(join(elsewhere, "real.yaml"), join(folder, "sluice.yaml"));
    watch(join(folder, "sluice.yaml"), 50);
    await writeFile(join(elsewhere, "real.yaml"), "two");
    await expectLast("two");
    await rm(elsewhere, { recursive: true });
  });

  it("is silent once it is stopped", async () => {
    const file = join(folder, "sluice.yaml");
    await writeFile(file, "one");
    watch(file, 30);
    stop.abort();
    await writeFile(file, "two");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(reads).toHaveLength(1);
  });

  it("refuses a folder and a file that is too large", async () => {
    watch(folder);
    expect(reads).toEqual([{ kind: "unreadable", reason: "not a regular file" }]);
    const file = join(folder, "large.yaml");
    await writeFile(file, Buffer.alloc(17 * 1024 * 1024, 32));
    watch(file);
    expect(reads.at(-1)).toMatchObject({ kind: "unreadable", reason: expect.stringContaining("at most") });
  });
});
