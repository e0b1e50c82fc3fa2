/** What a person needs to begin: where Sluice listens, the admin token, a virtual key, and a line to paste. */
export function welcome(options: {
  readonly url: string;
  readonly adminToken: string;
  /** The virtual key that was made at the first start. Undefined: keys are declared in the configuration, or were made by an operator. */
  readonly firstKey: string | undefined;
  readonly dataDir: string;
  /** Other addresses worth knowing, by name. */
  readonly also?: Readonly<Record<string, string>>;
}): string {
  const { url, firstKey } = options;
  const key = firstKey ?? "$SLUICE_KEY";
  const also = Object.entries(options.also ?? {}).map(([name, where]) => `  ${name.padEnd(16)} ${where}`);
  return [
    "",
    `Sluice listens on ${url}`,
    "",
    `  admin token      ${options.adminToken}`,
    `  virtual key      ${firstKey ?? "yours: put one in SLUICE_KEY"}`,
    ...also,
    `  data             ${options.dataDir}`,
    "",
    "Try it:",
    "",
    `  curl ${url}/v1/chat/completions -H 'authorization: Bearer ${key}' -H 'content-type: application/json' -d '{"model": "simulator/echo", "messages": [{"role": "user", "content": "Hello, Sluice"}]}'`,
    "",
    "",
  ].join("\n");
}
