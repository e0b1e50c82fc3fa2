import { describe, expect, it } from "vitest";
import { readSource } from "./imports/read-imports.ts";
import { findViolations } from "./imports/rules.ts";
import type { Workspace, WorkspacePackage } from "./imports/workspace.ts";

const specifiers = (source: string) => readSource(source).imports.map(({ specifier }) => specifier);

describe("readSource", () => {
  it("finds every form of import and re-export", () => {
    const source = `
      import "a";
      import b from "b";
      import * as c from 'c';
      import d, { type e, f as from } from "d";
      import type { g } from "g";
      import h, * as i from "h";
      import {
        j,
        // } from "not-this"
        k,
      } from "j";
      export * from "k";
      export * as l from "l";
      export { m } from "m";
      export type { n } from "n";
      export type * from "o";
      const p = await import("p");
      type Q = import("q").Q;
    `;
    expect(specifiers(source)).toEqual("a b c d g h j k l m n o p q".split(" "));
  });

  it("tells types from what runs, and the line of each", () => {
    const { imports } = readSource('import type { a } from "a";\nimport type from "b";\n\nexport type { c } from "c";');
    expect(imports).toEqual([
      { specifier: "a", line: 1, typeOnly: true },
      { specifier: "b", line: 2, typeOnly: false },
      { specifier: "c", line: 4, typeOnly: true },
    ]);
  });

  it("is not taken in by what only looks like an import", () => {
    const source = `
      // import "a";
      /* import "b"; */
      const c = 'import "c"', d = "import \\"d\\"";
      const e = \`import "e" \${f\`import "f"\`} import "g"\`;
      const g = /import "h"\\/['"]/.test(i) ? j / k / "import 'l'".length : 0;
      const m = { import: "m", export: "n" };
      o.import("o");
      import.meta.resolve;
      export const from = "p";
      export { q };
      export default "r";
      export type S = { from: "s" };
      import("t" + u);
    `;
    expect(specifiers(source)).toEqual(["t"]);
  });

  it("goes on after templates, regular expressions and divisions", () => {
    const template = "`$" + "{{ b: `}` }.b}`";
    const source = `const a = ${template};\nconst c = (d) / e; const f = /[/"]/g;\nimport "g";`;
    expect(readSource(source).imports).toEqual([{ specifier: "g", line: 3, typeOnly: false }]);
  });

  it("finds the time, chance and environment that a file reads", () => {
    const source = `
      Date.now(); Math.random(); performance.now(); process.env["A"]; new Date(); setTimeout(run, 1); await fetch(url);
      new Date(0); clock.now(); this.process.env; deadline.Date.now; "Date.now()"; // Date.now()
    `;
    expect(readSource(source).ambient.map(({ name }) => name)).toEqual([
      "Date.now",
      "Math.random",
      "performance.now",
      "process.env",
      "new Date()",
      "setTimeout()",
      "fetch()",
    ]);
  });
});

function packageOf(folder: string, dependencies: readonly string[] = [], devDependencies: readonly string[] = []) {
  const name = `@sluice/${folder.split("/").at(-1)}`;
  return { name, folder, dependencies: new Set(dependencies), devDependencies: new Set(devDependencies) };
}

/** What is found in one file of a workspace that has these packages. */
function check(path: string, source: string, folders: readonly string[] = []): readonly string[] {
  const packages: readonly WorkspacePackage[] = [
    packageOf("libs/api"),
    packageOf("libs/money", ["@sluice/api", "@sluice/runtime", "pg"], ["fast-check"]),
    packageOf("libs/sse", [], []),
    packageOf("libs/runtime", ["@sluice/postgres"]),
    packageOf("libs/postgres", ["pg"], ["@types/pg"]),
    packageOf("services/policy", ["@sluice/money", "@sluice/postgres", "@sluice/rpc", "@sluice/runtime", "pg"]),
    packageOf("services/router", ["@sluice/policy", "@sluice/money"]),
    packageOf("services/standalone", ["@sluice/policy", "@sluice/router"]),
    packageOf("tests", ["@sluice/router"]),
    packageOf("bench"),
  ];
  const workspace: Workspace = { packages, rootDependencies: new Set(["vitest"]), files: [{ path, source }] };
  return findViolations(workspace, folders).map(({ message }) => message);
}

describe("findViolations", () => {
  it("keeps relative imports within their package", () => {
    expect(check("libs/money/src/a.ts", 'import "./b.ts"; import "../src/c/d.ts";')).toEqual([]);
    expect(check("libs/money/src/a.ts", 'import "../../sse/src/decode.ts";')[0]).toContain("leaves its package");
    expect(check("libs/money/src/a.test.ts", 'import "../../moneybox/src/a.ts";')[0]).toContain("leaves its package");
    expect(check("bench/a.ts", 'import "../services/router/src/a.ts";')).toEqual([]);
    expect(check("tests/a.ts", 'import "../services/router/src/a.ts";')[0]).toContain("leaves its package");
    expect(check("libs/money/src/a.ts", 'import "/tmp/a.ts";')[0]).toContain("path of this machine");
    expect(check("services/policy/src/a.ts", 'import "../main.ts";')[0]).toContain("main.ts");
  });

  it("keeps services apart, except where they are composed or tested together", () => {
    const source = 'import "@sluice/policy";';
    expect(check("services/router/src/a.ts", source)[0]).toContain("services meet in proto/");
    expect(check("services/router/tests/a.test.ts", source)[0]).toContain("services meet in proto/");
    expect(check("libs/money/src/a.ts", source)[0]).toContain("services meet in proto/");
    expect(check("services/standalone/main.ts", source)).toEqual([]);
    expect(check("tests/system.test.ts", 'import "@sluice/router";')).toEqual([]);
  });

  it("keeps pure libraries pure, and leaves their tests alone", () => {
    for (const name of ["pg", "node:fs", "node:crypto/promises", "@sluice/runtime"]) {
      expect(check("libs/money/src/a.ts", `import "${name}";`).join(), name).toMatch(/is pure|does not declare/);
    }
    expect(check("libs/money/src/a.ts", "Date.now();")[0]).toContain("is pure");
    expect(check("libs/sse/src/a.ts", 'import "node:buffer";')).toEqual([]);
    expect(check("libs/money/src/a.ts", 'import "@sluice/api/sluice/common/v1/money";')).toEqual([]);
    expect(
      check("libs/money/src/a.test.ts", 'import "node:fs"; import "fast-check"; import "vitest"; Date.now();'),
    ).toEqual([]);
  });

  it("keeps pure folders of services pure", () => {
    const folders = ["services/policy/src/limits"];
    const path = "services/policy/src/limits/decide.ts";
    expect(check(path, 'import "@sluice/money"; import "./budget.ts"; import "../keys/key.ts";', folders)).toEqual([]);
    for (const source of [
      'import "pg";',
      'import "@sluice/postgres";',
      'import "node:fs";',
      "Math.random();",
      "fetch(url);",
    ]) {
      expect(check(path, source, folders)[0], source).toContain("is pure");
    }
    for (const target of ["../store/budgets.ts", "../service.ts", "../events.ts"]) {
      expect(check(path, `import "${target}";`, folders)[0], target).toContain("pure folder");
    }
    expect(check("services/policy/src/service.ts", "", folders)[0]).toContain("does not exist");
  });

  it("keeps RPC out of stores, databases out of service.ts, and time and chance out of services", () => {
    expect(check("services/policy/src/store/keys.ts", 'import "@sluice/postgres";')).toEqual([]);
    expect(check("services/policy/src/store/keys.ts", 'import "@sluice/rpc";')[0]).toContain("in a store");
    expect(check("services/policy/src/service.ts", 'import "pg";')[0]).toContain("in service.ts");
    expect(check("services/policy/src/a.ts", "Date.now(); new Date(); Math.random(); process.env;")).toHaveLength(4);
    expect(check("services/policy/src/a.ts", "setTimeout(run, 1); performance.now();")).toEqual([]);
    expect(check("services/policy/main.ts", "process.env;")).toEqual([]);
  });

  it("keeps libraries of one client each from knowing each other", () => {
    expect(check("libs/runtime/src/a.ts", 'import "@sluice/postgres";')[0]).toContain("a library knows");
  });

  it("wants every dependency declared, for running code as a dependency", () => {
    expect(check("libs/postgres/src/a.ts", 'import "pg"; import "@sluice/postgres/pool";')).toEqual([]);
    expect(check("libs/postgres/src/a.ts", 'import type { A } from "@types/pg";')).toEqual([]);
    expect(check("libs/postgres/src/a.ts", 'import "@types/pg";')[0]).toContain("only as a devDependency");
    expect(check("libs/postgres/src/a.ts", 'import "undici";')[0]).toContain("does not declare");
    expect(check("libs/postgres/src/a.ts", 'import "vitest";')[0]).toContain("does not declare");
    expect(check("libs/postgres/tests/a.test.ts", 'import "vitest";')).toEqual([]);
    expect(check("libs/postgres/tests/a.test.ts", 'import "undici";')[0]).toContain("does not declare");
    expect(check("libs/postgres/src/a.ts", 'import "fs";')[0]).toContain("without node:");
  });
});
