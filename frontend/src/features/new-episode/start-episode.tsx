/** The two halves of the screen: what is being done on the left, what we need to know on the right. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Scissors } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";

import { episodeQuery, episodesQuery, produceEpisode, publishEpisode, updateEpisode } from "@/api/episodes";
import { useOperation } from "@/api/operations";
import type { Episode, PublishWhen, Show } from "@/api/types";
import { titleFromFileName } from "@/shared/lib/format-size";
import { dayAndTime } from "@/shared/lib/format-time";
import { publishPromise } from "@/shared/lib/publish-words";
import { buttonLook } from "@/shared/ui/button";
import { SelectField } from "@/shared/ui/field";
import { Page } from "@/shared/ui/page";

import { DetailsForm, type Details } from "./details-form";
import { DropZone } from "./drop-zone";
import { PriceNote } from "./price-note";
import { session, type SessionState } from "./session";
import { WordsAndVoice } from "./words-and-voice";
import { WorkCard } from "./work-card";

const isFinished = (episode: Episode | undefined): boolean => episode?.rendition != null && episode.state !== "working";

function headline(state: SessionState, episode: Episode | undefined): string {
  if (episode?.state === "live") return "On air";
  if (episode?.state === "scheduled") return "Set to go out";
  if (episode?.state === "needs_you" || state.phase === "failed") return "This needs you";
  if (isFinished(episode)) return "Ready to check";
  if (state.phase === "sending") return "Sending your recording";
  return state.phase === "idle" && episode === undefined ? "New episode" : "Working on it";
}

function quietLine(state: SessionState, episode: Episode | undefined): string {
  if (state.phase === "sending") return "Keep this page open until the recording has arrived.";
  if (episode?.state === "working") return "You can close this page. The work goes on without it.";
  return "";
}

/** Warns before leaving the studio in the middle of sending; moving about inside it is fine. */
function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [active]);
}

/** Sends the details and the wish. A finished episode goes out here; a running one is told what to do at its end, and
 * one whose cuts have changed since is made again first. */
async function settle(episode: Episode, details: Details, show: Show): Promise<Episode> {
  const { title, notes, when } = details;
  const saved = await updateEpisode(episode.id, { title, notes, publish_when: when });
  if (when === "not_yet") return saved;
  if (isFinished(saved) && !saved.rendition?.outdated) return publishEpisode(episode.id, when === "slot" ? show.next_slot_at : null);
  await produceEpisode(episode.id, when);
  return saved;
}

/** What has been settled, in a sentence; nothing while the button still has something to do. */
function promiseFor(episode: Episode | undefined, wish: PublishWhen | null, when: PublishWhen, show: Show): string | null {
  if (episode?.state === "live") return "It is on air.";
  if (episode?.state === "scheduled" && episode.published_at) {
    return `It goes out ${dayAndTime(episode.published_at, show.time_zone)}.`;
  }
  if (wish !== when) return null;
  if (isFinished(episode) && when !== "not_yet") return null;
  return `Saved. ${publishPromise(when, show)}`;
}

export function StartEpisode({ shows }: { shows: Show[] }) {
  const state = useSyncExternalStore(session.subscribe, session.read);
  const { episode: addressed } = useSearch({ from: "/desk/new" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [chosenShow, setChosenShow] = useState(shows[0]?.id ?? "");

  const startedId = state.phase === "started" ? state.episode?.id : undefined;
  const episodeId = addressed ?? startedId;
  const own = addressed === undefined || state.phase === "idle" || addressed === state.episode?.id;
  const episode = useQuery({ ...episodeQuery(episodeId ?? ""), enabled: episodeId !== undefined });
  const known = episode.data ?? (own ? (state.episode ?? undefined) : undefined);
  const operation = useOperation(known?.operation_id);
  const show = shows.find(({ id }) => id === (known?.show_id ?? chosenShow)) ?? (shows[0] as Show);

  const confirm = useMutation({ mutationFn: (wish: PublishWhen) => settleWish(wish) });
  const { reset: forgetWish } = confirm;

  useEffect(() => {
    if (!own && addressed !== undefined) {
      void navigate({ to: "/episodes/$episodeId", params: { episodeId: addressed }, replace: true });
    } else if (startedId !== undefined && addressed === undefined) {
      if (state.handedOver) {
        session.reset();
        forgetWish();
        return;
      }
      void queries.invalidateQueries({ queryKey: episodesQuery.queryKey });
      // Only once the address has changed: until then a missing address does not mean a new start.
      void navigate({ to: "/new", search: { episode: startedId }, replace: true }).then(() => session.handOver());
    }
  }, [own, startedId, addressed, state.handedOver, navigate, queries, forgetWish]);
  useLeaveWarning(state.phase === "sending");

  const typed = own ? state.typed : {};
  const details: Details = {
    title: typed.title ?? (known?.title || titleFromFileName(state.file?.name ?? "")),
    notes: typed.notes ?? known?.notes ?? "",
    when: typed.when ?? known?.publish_when ?? "not_yet",
  };

  async function settleWish(wish: PublishWhen): Promise<PublishWhen> {
    if (known === undefined || state.phase === "starting") {
      session.confirm(wish);
      return wish;
    }
    const saved = await settle(known, details, show);
    queries.setQueryData(episodeQuery(saved.id).queryKey, saved);
    await queries.invalidateQueries({ queryKey: episodesQuery.queryKey, exact: true });
    return wish;
  }

  const promise = promiseFor(known, confirm.data ?? state.confirmed, details.when, show);
  const checkWeight = isFinished(known) && known?.state === "ready" && details.when === "not_yet" ? "main" : "plain";
  const waiting = state.phase === "idle" && episodeId === undefined;

  return (
    <Page
      wide
      title={headline(state, known)}
      above={show.title}
      beside={<span role="status">{quietLine(state, known)}</span>}
    >
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,4fr)_minmax(0,7fr)]">
        <div className="flex flex-col gap-4">
          {waiting && shows.length > 1 ? (
            <SelectField label="Show" value={show.id} onChange={(event) => setChosenShow(event.target.value)}>
              {shows.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.title}
                </option>
              ))}
            </SelectField>
          ) : null}
          {waiting ? (
            <>
              <DropZone onFile={(file) => session.choose(file, show.id)} />
              <PriceNote transcriber={typed.transcriber ?? show.transcriber} />
              <WordsAndVoice show={show} typed={typed} onType={(change) => session.type(change)} />
            </>
          ) : (
            <WorkCard state={state} operation={operation.data} operationError={operation.error} />
          )}
          {known && isFinished(known) ? (
            <Link to="/episodes/$episodeId" params={{ episodeId: known.id }} className={buttonLook(checkWeight)}>
              <Scissors aria-hidden className="size-5" />
              Listen and check the cuts
            </Link>
          ) : null}
          {known?.state === "live" ? (
            <a href={known.page_url} className={buttonLook("plain")}>
              Open its page
            </a>
          ) : null}
        </div>
        <DetailsForm
          show={show}
          details={details}
          onType={(change) => session.type(change)}
          ready={isFinished(known)}
          promise={promise}
          canConfirm={!waiting && state.failedIn !== "checking" && state.failedIn !== "file"}
          onConfirm={() => confirm.mutate(details.when)}
          confirming={confirm.isPending}
          error={confirm.error}
        />
      </div>
    </Page>
  );
}
