/** The room around every screen: where one can go, and who is at the desk. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { Coins, House, type LucideIcon, Mic, Plus } from "lucide-react";
import { lazy, Suspense } from "react";

import { meQuery } from "@/api/account";
import { useEventStream } from "@/api/events";
import type { Me } from "@/api/types";
import { buttonLook } from "@/shared/ui/button";
import { Mark } from "@/shared/ui/mark";
import { Loading } from "@/shared/ui/page";

import { MessageBell } from "./message-bell";

/** The menu machinery is a fifth of the first load, so it comes after the screen. */
const AccountMenu = lazy(() => import("./account-menu").then((part) => ({ default: part.AccountMenu })));

const PLACES = [
  { to: "/", words: "Home", icon: House },
  { to: "/shows", words: "Your show", icon: Mic },
  { to: "/credits", words: "Credits", icon: Coins },
] as const;

const PLACE_LOOK =
  "flex min-h-11 items-center gap-x-3 rounded-control px-3 py-2 text-soft hover:bg-card hover:text-ink " +
  "max-md:flex-1 max-md:flex-col max-md:justify-center max-md:px-1 max-md:py-1 max-md:text-small " +
  "aria-[current=page]:bg-card aria-[current=page]:font-semibold aria-[current=page]:text-ink";

function Place({ to, words, icon: Icon }: { to: (typeof PLACES)[number]["to"]; words: string; icon: LucideIcon }) {
  return (
    <Link to={to} activeOptions={{ exact: to === "/", includeSearch: false }} className={PLACE_LOOK}>
      <Icon aria-hidden className="size-5" />
      {words}
    </Link>
  );
}

function NewEpisodeLink({ className }: { className?: string }) {
  return (
    <Link to="/new" activeOptions={{ includeSearch: false }} className={buttonLook("wash", className)}
      activeProps={{ className: "border-pine!" }}
    >
      <Plus aria-hidden className="size-5" />
      <span>
        New<span className="max-md:sr-only"> episode</span>
      </span>
    </Link>
  );
}

function Account({ me }: { me: Me }) {
  return (
    <Suspense fallback={<div className="min-h-11" />}>
      <AccountMenu account={me.account} />
    </Suspense>
  );
}

export function Shell() {
  const { data: me } = useSuspenseQuery(meQuery);
  useEventStream();
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#screen"
        className="sr-only rounded-control bg-card px-4 py-3 focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-20"
      >
        Skip to the page
      </a>
      <header className="flex flex-col border-line bg-well max-md:border-b md:sticky md:top-0 md:h-dvh md:border-r">
        <div className="flex flex-wrap items-center justify-between gap-x-2 px-4 py-2 md:px-5 md:py-6">
          <Link to="/" className="flex min-h-11 items-center gap-2.5">
            <Mark className="size-7 text-pine" />
            <span className="font-reading text-large font-semibold">DoneCast</span>
          </Link>
          <div className="flex items-center gap-3 md:hidden">
            <MessageBell />
            <Account me={me} />
          </div>
        </div>
        <nav aria-label="Main" className="hidden flex-col gap-1 px-3 md:flex">
          <NewEpisodeLink className="mb-4" />
          {PLACES.map((place) => (
            <Place key={place.to} {...place} />
          ))}
        </nav>
        <div className="mt-auto hidden p-3 md:block">
          <MessageBell />
          <Account me={me} />
        </div>
      </header>
      <main id="screen" tabIndex={-1} className="min-w-0 outline-none max-md:pb-24">
        <Suspense fallback={<Loading what="this page" />}>
          <Outlet />
        </Suspense>
      </main>
      <nav
        aria-label="Main, on small screens"
        className="fixed inset-x-0 bottom-0 z-10 flex gap-1 border-t border-line bg-well px-2 py-1.5 md:hidden"
      >
        <Place {...PLACES[0]} />
        <NewEpisodeLink className="flex-1 flex-col gap-x-3 gap-y-0 px-1! py-1! text-small" />
        <Place {...PLACES[1]} />
        <Place {...PLACES[2]} />
      </nav>
    </div>
  );
}
