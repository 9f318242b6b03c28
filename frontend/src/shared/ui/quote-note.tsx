/** What something will take, before it is begun: the most in one sentence, and each part of it when asked. */
import type { Quote } from "@/api/types";
import { creditsWords, thousandths, withUnit } from "@/shared/lib/credits";

import { Fold } from "./fold";

export function QuoteNote({ quote, what }: { quote: Quote; what: string }) {
  if (thousandths(quote.total) === 0) return <p className="text-small text-soft">{what} takes no credits.</p>;
  const left = quote.available === null ? "" : ` You have ${creditsWords(quote.available)}.`;
  return (
    <div className="text-small">
      <p>
        {what} takes <strong>at most {withUnit(quote.total)}</strong>.{left}
        {thousandths(quote.shortfall) > 0 ? (
          <strong className="block text-cut">{withUnit(quote.shortfall)} are missing.</strong>
        ) : null}
      </p>
      <Fold words="What that is made of">
        <dl>
          {quote.lines.map((line, place) => (
            <div key={place} className="flex justify-between gap-4 border-b border-line py-1.5">
              <dt className="min-w-0 break-words">{line.notes}</dt>
              <dd className="font-semibold tabular-nums">{creditsWords(line.credits)}</dd>
            </div>
          ))}
        </dl>
        <p className="text-soft">What it really took is charged when it is done, never more than this.</p>
      </Fold>
    </div>
  );
}
