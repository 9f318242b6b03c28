/** That the list is older than it could be, why, and what to do; nothing while all is well. */
import { TriangleAlert } from "lucide-react";

import type { ErrorSource } from "@/api/types";
import { shortMoment } from "@/shared/lib/format-time";

import { failureHeading } from "./error-words";

export function SourceNote({ source }: { source: ErrorSource }) {
  if (source.state === "ok" && source.complete) return null;
  const failed = source.state !== "ok";
  const heading = failureHeading(source.state);
  return (
    <div role="status" className="flex gap-3 rounded-card border border-amber bg-amber-wash p-4">
      <TriangleAlert aria-hidden className="mt-0.5 size-6 shrink-0 text-amber" />
      <div className="flex min-w-0 flex-col gap-1">
        {failed ? (
          <>
            <p className="font-semibold">{heading}</p>
            <p>
              {source.message === heading ? null : `${source.message} `}
              {source.action}
            </p>
            {source.as_of === null ? null : <p>Below is what Sentry told us until {shortMoment(source.as_of)}.</p>}
          </>
        ) : null}
        {source.complete ? null : <p>There are more errors than we keep here; these are the latest.</p>}
      </div>
    </div>
  );
}
