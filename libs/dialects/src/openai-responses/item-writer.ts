import { formatSse } from "@sluice/sse";
import type { JsonObject } from "../dialect.ts";
import type { Draft } from "./wire.ts";

/** Writes the events of a stream: numbers them and the items, and keeps the items for the response that ends it. */
export interface ItemWriter {
  write(type: string, fields: Draft): void;
  /** Begins an item: its `output_index`. */
  open(opening: Draft): number;
  /** Ends it. */
  done(index: number, item: Draft): void;
  /** Items that are done, in order. */
  items(): readonly JsonObject[];
  readonly sequence: number;
  /** The text of the events written since it was last asked for. */
  take(): string;
}

export function createItemWriter(): ItemWriter {
  const items: (JsonObject | undefined)[] = [];
  let sequence = 0;
  let text = "";
  function write(type: string, fields: Draft): void {
    text += formatSse({ event: type, data: JSON.stringify({ type, ...fields, sequence_number: sequence }) });
    sequence += 1;
  }
  return {
    write,
    open(opening) {
      const output_index = items.push(undefined) - 1;
      write("response.output_item.added", { output_index, item: opening as JsonObject });
      return output_index;
    },
    done(output_index, item) {
      items[output_index] = item as JsonObject;
      write("response.output_item.done", { output_index, item: item as JsonObject });
    },
    items: () => items.filter((item) => item !== undefined),
    get sequence() {
      return sequence;
    },
    take() {
      const taken = text;
      text = "";
      return taken;
    },
  };
}
