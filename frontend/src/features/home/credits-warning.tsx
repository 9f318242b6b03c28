/** That credits are running out, told once for each month and each step: low, then none. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { useState } from "react";

import { standingQuery } from "@/api/billing";
import { creditsWords, shortageOf, thousandths } from "@/shared/lib/credits";
import { dateOnly } from "@/shared/lib/format-time";
import { Button, buttonLook } from "@/shared/ui/button";

const KEY = "donecast.credits-warning";

export function CreditsWarning() {
  const standing = useQuery(standingQuery).data;
  const [seen, setSeen] = useState(() => localStorage.getItem(KEY));
  if (standing === undefined) return null;
  const shortage = shortageOf(standing);
  const occasion = `${shortage} ${standing.period_start}`;
  if (shortage === "none" || seen === occasion) return null;
  const dismiss = () => {
    localStorage.setItem(KEY, occasion);
    setSeen(occasion);
  };
  return (
    <section aria-label="Credits" className="mb-6 flex flex-wrap items-center justify-between gap-x-6 gap-y-3 rounded-card border border-amber bg-amber-wash p-4">
      <p className="flex min-w-0 items-start gap-2 text-amber">
        <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0" />
        <span>
          {shortage === "empty" ? (
            <strong>No credits are left. What is on air stays on air; new episodes wait.</strong>
          ) : (
            <strong>
              {creditsWords(standing.available ?? "0.000")} credits are left
              {thousandths(standing.held) > 0 ? `, and ${creditsWords(standing.held)} are set aside for work that is going on` : ""}.
            </strong>
          )}{" "}
          The next month begins {dateOnly(standing.period_end)}.
        </span>
      </p>
      <div className="flex flex-wrap gap-2">
        <Link to="/credits" className={buttonLook("plain")}>
          See your credits
        </Link>
        <Button onClick={dismiss}>I have seen it</Button>
      </div>
    </section>
  );
}
