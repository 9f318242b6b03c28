/** What a recording takes, before one is chosen: its length is not known yet, so for a short one. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { pricesQuery, standingQuery } from "@/api/billing";
import { creditsWords, shortageOf, withUnit } from "@/shared/lib/credits";

export function PriceNote() {
  const prices = useQuery(pricesQuery).data;
  const standing = useQuery(standingQuery).data;
  if (prices === undefined || standing === undefined) return null;
  const shortage = shortageOf(standing);
  return (
    <p className="text-small text-soft">
      A recording of {prices.example_minutes} minutes takes about {withUnit(prices.example)}.{" "}
      {standing.available === null ? "Your plan has no limit." : `You have ${creditsWords(standing.available)}.`}{" "}
      {shortage === "none" ? null : (
        <Link to="/credits" className="text-pine underline underline-offset-4">
          {shortage === "empty" ? "No credits are left: see what you can do" : "Most of this month’s are used"}
        </Link>
      )}
    </p>
  );
}
