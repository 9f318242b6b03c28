/** What one episode came to, or one act beside episodes: each entry with its formula, refunds in green with a plus. */
import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import type { ReactNode } from "react";

import type { Episode, Invoice, InvoiceEntry } from "@/api/types";
import { creditsWords, formulaWords, thousandths, withUnit } from "@/shared/lib/credits";
import { titleOf } from "@/shared/lib/episode-words";
import { dayAndTime } from "@/shared/lib/format-time";

const ACTS: Record<string, string> = {
  grant: "Credits that came in",
  charge: "Work",
  refund: "Given back",
  expire: "Ran out",
  adjust: "Changed by hand",
  withdraw: "Taken back",
};
const TAKES = new Set(["charge", "expire", "withdraw"]);

function signed({ what, credits }: InvoiceEntry): string {
  if (TAKES.has(what)) return `−${creditsWords(credits)}`;
  return thousandths(credits) < 0 ? creditsWords(credits) : `+${creditsWords(credits)}`;
}

function Entry({ entry, beside }: { entry: InvoiceEntry; beside: ReactNode }) {
  const formulas = entry.what === "charge" ? entry.formulas.filter((formula) => formula.includes("×")) : [];
  return (
    <li className="flex items-baseline justify-between gap-4 py-1.5">
      <div className="min-w-0 grow">
        <p className="break-words">{entry.notes || ACTS[entry.what] || entry.what}</p>
        {formulas.map((formula) => (
          <p key={formula} className="text-small text-soft tabular-nums">
            {formulaWords(formula)}
          </p>
        ))}
        <p className="text-small text-soft">
          {entry.notes ? `${ACTS[entry.what] ?? entry.what} · ` : ""}
          {dayAndTime(entry.at)}
        </p>
        {beside}
      </div>
      <p
        className={clsx(
          "font-semibold whitespace-nowrap tabular-nums",
          entry.what === "refund" || entry.what === "grant" ? "text-ok" : "",
        )}
      >
        {signed(entry)}
      </p>
    </li>
  );
}

interface OneInvoiceProps {
  invoice: Invoice;
  episode?: Episode | undefined;
  beside?: (entry: InvoiceEntry) => ReactNode;
}

export function OneInvoice({ invoice, episode, beside = () => null }: OneInvoiceProps) {
  return (
    <>
      {invoice.episode_id ? (
        <div className="mb-1 flex flex-wrap items-baseline justify-between gap-x-6">
          <h3 className="min-w-0 text-large break-words">
            {episode ? (
              <Link
                to="/episodes/$episodeId"
                params={{ episodeId: episode.id }}
                className="underline decoration-line decoration-2 underline-offset-4 hover:decoration-pine"
              >
                {titleOf(episode)}
              </Link>
            ) : (
              "An episode"
            )}
          </h3>
          <p className="font-semibold whitespace-nowrap">{withUnit(invoice.total)} in all</p>
        </div>
      ) : null}
      <ul>
        {invoice.entries.map((entry) => (
          <Entry key={entry.id} entry={entry} beside={beside(entry)} />
        ))}
      </ul>
    </>
  );
}
