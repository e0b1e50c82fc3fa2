const made = /^[a-z]{2,5}_sluice/;

export type ItemPrefix = "msg" | "rs" | "fc" | "ctc" | "ig";

/** The id of an item to which nobody gave one, as OpenAI's clients require: by its beginning it is known on its way back. */
export function makeItemId(prefix: ItemPrefix, responseId: string, index: number): string {
  const tail = responseId.replace(/[^A-Za-z0-9]/g, "").slice(-32);
  return `${prefix}_sluice${tail}_${index}`;
}

/** Whether an id was made here: to a provider it says nothing. */
export function isMadeItemId(id: string): boolean {
  return made.test(id);
}
