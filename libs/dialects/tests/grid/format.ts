import type { Dialect } from "../../src/dialect.ts";
import { type AnswerFeature, answerFeatures } from "./answer-features.ts";
import { crossAnswer, crossRequest, type Fate } from "./cross.ts";
import type { RequestFeature } from "./request-feature.ts";
import { requestFeatures } from "./request-features.ts";

export type Cell = { readonly feature: string; readonly from: string; readonly to: string; readonly fate: Fate };

const words: Readonly<Record<Fate, string>> = {
  kept: "kept",
  converted: "converted",
  dropped: "dropped",
  refused: "refused",
  inexpressible: "–",
  lost: "LOST",
};

/** Every request feature from every client's dialect to every provider's. */
export function requestCells(clients: readonly Dialect[], providers: readonly Dialect[]): Cell[] {
  return cells(requestFeatures, clients, providers, (feature: RequestFeature, from, to) =>
    crossRequest(feature, from, to),
  );
}

/** Every answer feature from every provider's dialect to every client's: whole, and as a stream where that is another fate. */
export function answerCells(providers: readonly Dialect[], clients: readonly Dialect[]): Cell[] {
  return cells(answerFeatures, providers, clients, (feature: AnswerFeature, from, to) =>
    worse(crossAnswer(feature, from, to)),
  );
}

const order: readonly Fate[] = ["kept", "converted", "inexpressible", "dropped", "refused", "lost"];

function worse({ whole, streamed }: { readonly whole: Fate; readonly streamed: Fate }): Fate {
  return order.indexOf(whole) >= order.indexOf(streamed) ? whole : streamed;
}

function cells<F extends { readonly name: string }>(
  features: readonly F[],
  begin: readonly Dialect[],
  end: readonly Dialect[],
  cross: (feature: F, from: Dialect, to: Dialect) => Fate,
): Cell[] {
  return features.flatMap((feature) =>
    begin.flatMap((from) =>
      end
        .filter((to) => to !== from)
        .map((to) => ({ feature: feature.name, from: from.name, to: to.name, fate: cross(feature, from, to) })),
    ),
  );
}

/** One table for each dialect where crossings begin: a row for each feature that it can say, a column for each dialect where they end. */
export function formatGrid(all: readonly Cell[], title: (from: string) => string): string {
  const begins = [...new Set(all.map(({ from }) => from))];
  return begins
    .map((from) => {
      const own = all.filter((cell) => cell.from === from);
      const ends = [...new Set(own.map(({ to }) => to))];
      const rows = [...new Set(own.map(({ feature }) => feature))].flatMap((feature) => {
        const fates = ends.map((to) => own.find((cell) => cell.feature === feature && cell.to === to)?.fate ?? "lost");
        if (fates.every((fate) => fate === "inexpressible")) return [];
        return [`| ${feature} | ${fates.map((fate) => words[fate]).join(" | ")} |`];
      });
      const head = `| ${title(from)} | ${ends.map((to) => `\`${to}\``).join(" | ")} |\n| --- |${ends.map(() => " --- |").join("")}`;
      return `${head}\n${rows.join("\n")}`;
    })
    .join("\n\n");
}
