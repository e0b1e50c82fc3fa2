/**
 * What the names that hosts give to one model have in common: `anthropic/claude-sonnet-4.5`, `claude-sonnet-4-5@20250929` and
 * `us.anthropic.claude-sonnet-4-5-20250929-v1:0` are all `claude-sonnet-4-5`.
 */
export function canonicalName(name: string): string {
  return (name.toLowerCase().split("/").at(-1) ?? "")
    .replace(hostMaker, "")
    .replace(/-v\d+:\d+$/, "")
    .replace(/[:@].*$/, "")
    .replaceAll(".", "-")
    .replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, "");
}

/** A region and the maker, as Bedrock has them before a model's name. */
const hostMaker =
  /^(?:[a-z]{2,8}\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|nvidia|openai|qwen|writer|zai)\./;
