/** What DoneCast told a person, the newest first; a message that is opened is read. */
import { useQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { ChevronRight } from "lucide-react";

import { noticesQuery, useReadNotice } from "@/api/notices";
import type { Notice } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading, Page } from "@/shared/ui/page";

/** Pure. */
function headline(unread: number, all: number): string {
  if (all === 0) return "You have no messages.";
  if (unread === 0) return "You have read everything.";
  return unread === 1 ? "1 message is new." : `${unread} messages are new.`;
}

function Message({ notice }: { notice: Notice }) {
  const read = useReadNotice(notice.id);
  const isNew = notice.read_at === null;
  return (
    <li>
      <details
        className="group/message"
        onToggle={({ currentTarget }) => {
          if (currentTarget.open && isNew && !read.isPending) read.mutate();
        }}
      >
        <summary className="flex min-h-11 cursor-pointer items-start gap-2 py-3">
          <ChevronRight aria-hidden className="mt-0.5 size-5 shrink-0 text-pine group-open/message:rotate-90" />
          <span className="flex min-w-0 flex-col gap-0.5">
            <span className={clsx("break-words", isNew && "font-semibold")}>{notice.subject}</span>
            <span className="text-small text-soft">
              {isNew ? <strong className="font-semibold text-pine">New · </strong> : null}
              {dayAndTime(notice.created_at)}
            </span>
          </span>
        </summary>
        <p className="pb-4 pl-7 break-words whitespace-pre-wrap">{notice.body}</p>
      </details>
      {read.isError ? <ErrorCard error={read.error} heading="We could not note that you read this." /> : null}
    </li>
  );
}

export function MessagesPage() {
  const found = useQuery(noticesQuery);
  return (
    <Page title="Messages" beside="Kept for thirty days">
      <Card className="flex flex-col gap-2">
        {found.isPending ? <Loading what="your messages" /> : null}
        {found.isError && found.data === undefined ? (
          <ErrorCard
            error={found.error}
            heading="We could not load your messages."
            action={{ words: "Try again", onPress: () => void found.refetch() }}
            busy={found.isFetching}
          />
        ) : null}
        {found.data === undefined ? null : (
          <>
            <p role="status" className="text-large font-semibold">
              {headline(found.data.unread_count, found.data.notices.length)}
            </p>
            {found.data.notices.length === 0 ? <p className="text-soft">What you should know comes here.</p> : null}
            <ul className="divide-y divide-line">
              {found.data.notices.map((notice) => (
                <Message key={notice.id} notice={notice} />
              ))}
            </ul>
          </>
        )}
      </Card>
    </Page>
  );
}
