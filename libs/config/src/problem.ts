/** Where something stands in the text; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with a configuration. `path` is the field, such as `budgets[0].limit_usd`; empty: the file as a whole. */
export interface ConfigProblem extends Position {
  readonly path: string;
  /** What is wrong, what was expected, what to do. Holds no value that came from a secret field, the environment or a file. */
  readonly message: string;
}

/** One line per problem: `sluice.yaml:12:5: budgets[0].limit_usd: ...`, as compilers write it. */
export function formatProblems(file: string, problems: readonly ConfigProblem[]): string {
  return problems
    .map(({ path, line, column, message }) => `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`)
    .join("\n");
}
