/** What a recording takes, before one is chosen: its length is not known yet, so for a short one. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { pricesQuery, standingQuery } from "@/api/billing";
import type { MinutePrices } from "@/api/types";
import { creditsText, creditsWords, shortageOf, thousandths, withUnit } from "@/shared/lib/credits";

/** In whole thousandths: each minute by whoever writes out the words, and putting the episode together once. */
function exampleOf(prices: MinutePrices, transcriber: string | null): string {
  const minute = (transcriber === null ? undefined : prices.transcribers[transcriber]) ?? prices.transcriber;
  return creditsText(prices.example_minutes * thousandths(minute) + thousandths(prices.assembly));
}

/** `transcriber`: who writes out the words; null where nobody is chosen. */
export function PriceNote({ transcriber }: { transcriber: string | null }) {
  const prices = useQuery(pricesQuery).data;
  const standing = useQuery(standingQuery).data;
  if (prices === undefined || standing === undefined) return null;
  const shortage = shortageOf(standing);
  return (
    <p className="text-small text-soft">
      A recording of {prices.example_minutes} minutes takes about {withUnit(exampleOf(prices, transcriber))}.{" "}
      {standing.available === null ? "Your plan has no limit." : `You have ${creditsWords(standing.available)}.`}{" "}
      {shortage === "none" ? null : (
        <Link to="/credits" className="text-pine underline underline-offset-4">
          {shortage === "empty" ? "No credits are left: see what you can do" : "Most of this month’s are used"}
        </Link>
      )}
    </p>
  );
}
