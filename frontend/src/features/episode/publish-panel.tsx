/** When it goes out, where it can be found, and how to take it back. */
import { useQuery } from "@tanstack/react-query";
import { CalendarClock, ExternalLink } from "lucide-react";
import { useState } from "react";

import { quoteQuery } from "@/api/billing";
import { useProduce, usePublish, useUnpublish } from "@/api/episodes";
import type { Episode, PublishWhen, Show } from "@/api/types";
import { dayAndTime } from "@/shared/lib/format-time";
import { publishButton, publishChoices, remakeButton } from "@/shared/lib/publish-words";
import { Button, buttonLook } from "@/shared/ui/button";
import { ChoiceCards } from "@/shared/ui/choice-cards";
import { CopyAddress } from "@/shared/ui/copy-address";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card } from "@/shared/ui/page";
import { QuoteNote } from "@/shared/ui/quote-note";
import { ShortageLink } from "@/shared/ui/shortage-link";

interface PublishPanelProps {
  episode: Episode;
  show: Show | undefined;
  working: boolean;
}

function TakeBack({ episode }: { episode: Episode }) {
  const [asked, setAsked] = useState(false);
  const unpublish = useUnpublish(episode.id);
  const live = episode.state === "live";
  const words = live ? "Take it offline" : "Do not publish it yet";
  return (
    <div className="flex flex-col items-start gap-3 border-t border-line pt-4">
      {asked ? (
        <>
          <p>
            {live
              ? "Listeners will not be able to play it any more. You can publish it again at any time."
              : "It becomes a draft again. Nothing is lost."}
          </p>
          <div className="flex flex-wrap gap-2">
            <Button
              weight="danger"
              onClick={() => unpublish.mutate(undefined, { onSuccess: () => setAsked(false) })}
              busy={unpublish.isPending && "One moment…"}
            >
              Yes, {words.toLowerCase()}
            </Button>
            <Button onClick={() => setAsked(false)}>Leave it as it is</Button>
          </div>
        </>
      ) : (
        <Button onClick={() => setAsked(true)}>{words}</Button>
      )}
      {unpublish.isError ? <ErrorCard error={unpublish.error} heading="It was not taken back." /> : null}
    </div>
  );
}

function Addresses({ episode, show }: { episode: Episode; show: Show | undefined }) {
  return (
    <div className="flex flex-col gap-2">
      <CopyAddress name="The episode's page" address={episode.page_url} />
      {show ? <CopyAddress name="The feed of your show" address={show.feed_url} /> : null}
    </div>
  );
}

function Choose({ episode, show, working }: PublishPanelProps) {
  const [when, setWhen] = useState<PublishWhen>(episode.publish_when === "slot" && show?.slot ? "slot" : "now");
  const publish = usePublish(episode.id);
  const produce = useProduce(episode.id);
  const outdated = episode.rendition?.outdated ?? false;
  const { error } = outdated ? produce : publish;
  const ready = episode.rendition !== null && !working;
  const quote = useQuery({ ...quoteQuery(episode), enabled: outdated && ready });
  const instant = when === "slot" ? (show?.next_slot_at ?? null) : null;
  const choices = publishChoices(show, true).filter(({ value }) => value !== "not_yet");
  return (
    <>
      <div className="[&_div]:grid-cols-1!">
        <ChoiceCards question="When should it go out?" choices={choices} value={when} onChange={setWhen} />
      </div>
      {instant ? <p className="text-small text-soft">That is {dayAndTime(instant, show?.time_zone)}.</p> : null}
      <Button
        weight="main"
        icon={CalendarClock}
        disabled={!ready}
        onClick={() => (outdated ? produce.mutate(when) : publish.mutate(instant))}
        busy={(publish.isPending && "Publishing…") || (produce.isPending && "Starting…")}
      >
        {outdated ? remakeButton(when, show) : publishButton(when, show, true)}
      </Button>
      {outdated && ready ? (
        <>
          <p className="text-small text-soft">You changed the cuts. It is made with them first, and then goes out.</p>
          {quote.data ? <QuoteNote quote={quote.data} what="Making it again" /> : null}
        </>
      ) : null}
      {ready ? null : <p className="text-small text-soft">You can publish it once the sound is finished.</p>}
      {error ? <ErrorCard error={error} heading="It was not published." kept="The finished episode is kept." /> : null}
      <ShortageLink error={error} />
    </>
  );
}

export function PublishPanel({ episode, show, working }: PublishPanelProps) {
  if (episode.state === "live" || episode.state === "scheduled") {
    const live = episode.state === "live";
    return (
      <Card className="flex flex-col gap-4">
        <div role="status">
          <h2 className="text-heading">{live ? "On air" : "Set to go out"}</h2>
          {episode.published_at ? (
            <p className="text-soft">
              {live ? "Since " : ""}
              {dayAndTime(episode.published_at, show?.time_zone)}
            </p>
          ) : null}
        </div>
        {live ? (
          <a href={episode.page_url} className={buttonLook(episode.rendition?.outdated ? "plain" : "main")}>
            <ExternalLink aria-hidden className="size-5" />
            Open the episode’s page
          </a>
        ) : null}
        <Addresses episode={episode} show={show} />
        <TakeBack episode={episode} />
      </Card>
    );
  }
  return (
    <Card className="flex flex-col gap-4">
      <h2 className="text-heading">Publish</h2>
      <Choose episode={episode} show={show} working={working} />
    </Card>
  );
}
