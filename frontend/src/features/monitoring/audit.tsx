/** What was done by hand, the newest first. */
import { useInfiniteQuery } from "@tanstack/react-query";

import { auditQuery } from "@/api/monitoring";
import type { AuditEntry } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Loading } from "@/shared/ui/page";

import { plainName } from "./tile-words";

function Entry({ entry }: { entry: AuditEntry }) {
  return (
    <li className="py-3">
      <p className="font-semibold break-words">
        {plainName(entry.act)}: {entry.subject}
      </p>
      <p className="text-small break-words text-soft">
        {entry.actor} · {dayAndTime(entry.at)}
      </p>
    </li>
  );
}

export function Audit() {
  const pages = useInfiniteQuery(auditQuery);
  if (pages.isPending) return <Loading what="what was done" />;
  if (pages.isError && pages.data === undefined) {
    return (
      <ErrorCard
        error={pages.error}
        heading="We could not load what was done."
        action={{ words: "Try again", onPress: () => void pages.refetch() }}
        busy={pages.isFetching}
      />
    );
  }
  const entries = pages.data.pages.flatMap((page) => page.entries);
  if (entries.length === 0) return <p className="text-soft">Nobody has done anything by hand yet.</p>;
  return (
    <div className="flex flex-col gap-3">
      <ul className="divide-y divide-line">
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
      {pages.hasNextPage ? (
        <Button className="self-center" busy={pages.isFetchingNextPage && "Loading…"} onClick={() => void pages.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </div>
  );
}
