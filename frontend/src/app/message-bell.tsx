/** The bell: where a person's messages are, and how many are new. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bell } from "lucide-react";

import { noticesQuery } from "@/api/notices";

const COUNTED_MAX = 99;

export function MessageBell() {
  const unread = useQuery(noticesQuery).data?.unread_count ?? 0;
  return (
    <Link
      to="/messages"
      className={
        "flex min-h-11 min-w-11 shrink-0 items-center gap-2.5 rounded-control py-2 hover:bg-card max-md:justify-center max-md:px-1 md:px-3 " +
        "aria-[current=page]:bg-card aria-[current=page]:font-semibold"
      }
    >
      <Bell aria-hidden className="size-6 shrink-0 text-soft" />
      <span className="grow max-md:sr-only">
        Messages{unread > 0 ? <span className="sr-only">, {unread} new</span> : null}
      </span>
      {unread > 0 ? (
        <span
          aria-hidden
          className="min-w-6 rounded-round bg-pine px-1.5 text-center text-small font-semibold text-on-pine tabular-nums"
        >
          {unread > COUNTED_MAX ? `${COUNTED_MAX}+` : unread}
        </span>
      ) : null}
    </Link>
  );
}
