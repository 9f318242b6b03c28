/** Title, notes and when. A draft may fill what nobody touched; it never replaces what a person typed. */
import { CalendarClock, Check } from "lucide-react";

import type { PublishWhen, Show } from "@/api/types";
import { publishButton, publishChoices } from "@/shared/lib/publish-words";
import { Button } from "@/shared/ui/button";
import { ChoiceCards } from "@/shared/ui/choice-cards";
import { ErrorCard } from "@/shared/ui/error-card";
import { TextArea, TextField } from "@/shared/ui/field";
import { Card } from "@/shared/ui/page";

import type { Typed } from "./session";

export interface Details {
  title: string;
  notes: string;
  when: PublishWhen;
}

interface DetailsFormProps {
  show: Show;
  details: Details;
  onType: (change: Typed) => void;
  /** True when the sound is finished, so that publishing happens at once. */
  ready: boolean;
  /** What was settled already, in a sentence; the button rests while it holds. */
  promise: string | null;
  canConfirm: boolean;
  onConfirm: () => void;
  confirming: boolean;
  error: unknown;
}

export function DetailsForm(props: DetailsFormProps) {
  const { show, details, onType, ready, promise, canConfirm, onConfirm, confirming, error } = props;
  const settled = promise !== null;
  return (
    <Card className="flex flex-col gap-6">
      <TextField label="Title" value={details.title} onChange={(event) => onType({ title: event.target.value })} />
      <TextArea
        label="Show notes"
        help="What listeners read beside the episode."
        value={details.notes}
        onChange={(event) => onType({ notes: event.target.value })}
      />
      <ChoiceCards
        question="When should it go out?"
        choices={publishChoices(show, ready)}
        value={details.when}
        onChange={(when) => onType({ when })}
      />
      {error ? (
        <ErrorCard error={error} heading="Your choice was not saved." kept="What you typed is still here." />
      ) : null}
      <p role="status" className={settled ? "flex items-start gap-2 rounded-control bg-ok-wash p-3 font-semibold text-ok" : "sr-only"}>
        {settled ? (
          <>
            <Check aria-hidden className="mt-0.5 size-5 shrink-0" />
            <span>{promise}</span>
          </>
        ) : null}
      </p>
      {settled ? null : (
        <div>
          <Button
            weight={ready && details.when === "not_yet" ? "plain" : "main"}
            icon={CalendarClock}
            className="w-full"
            disabled={!canConfirm}
            busy={confirming && "Saving…"}
            onClick={onConfirm}
          >
            {publishButton(details.when, show, ready)}
          </Button>
          {canConfirm ? null : <p className="mt-2 text-small text-soft">Choose a recording first.</p>}
        </div>
      )}
    </Card>
  );
}
