/** Words of a show in whose place a sound is heard: which there are, and adding one. */
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2, Upload } from "lucide-react";
import { type SubmitEvent, useRef, useState } from "react";

import { libraryQuery, useUploadSound } from "@/api/media";
import { soundCuesQuery, useAddSoundCue, useDeleteSoundCue } from "@/api/shows";
import type { Media, Show, SoundCue } from "@/api/types";
import { shortLength } from "@/shared/lib/format-time";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { SelectField, TextField } from "@/shared/ui/field";
import { Card, Loading } from "@/shared/ui/page";

/** The server refuses longer ones with a sentence; here they are only not offered. */
const SOUND_MS_MAX = 30_000;
const SHELVES: readonly Media["category"][] = ["sound_effect", "music", "intro", "outro"];
const LOUDNESS = { "-6": "Quieter than you", "0": "As loud as you", "6": "Louder than you" } as const;

const canBeCalled = ({ category, state, duration_ms: length }: Media): boolean =>
  SHELVES.includes(category) && state === "ready" && length !== null && length <= SOUND_MS_MAX;

function loudnessWords(gainDb: number): string {
  if (gainDb === 0) return "as loud as you";
  return gainDb < 0 ? "quieter than you" : "louder than you";
}

function OneCue({ showId, cue }: { showId: string; cue: SoundCue }) {
  const remove = useDeleteSoundCue(showId);
  return (
    <li className="border-t border-line py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="min-w-0 grow basis-48">
          <span className="block font-semibold break-words">“{cue.words}”</span>
          <span className="block text-small text-soft">
            {cue.clip_name === null
              ? "Its sound is not in your library any more, so the words stay in."
              : `${cue.clip_name}, ${shortLength(cue.clip_duration_ms ?? 0)}, ${loudnessWords(cue.gain_db)}`}
          </span>
          <span className="block text-small text-soft">{cue.by_itself ? "Put in by itself" : "You are asked first"}</span>
        </p>
        <Button
          weight="quiet"
          icon={Trash2}
          busy={remove.isPending && "Deleting…"}
          aria-label={`Delete “${cue.words}”`}
          onClick={() => remove.mutate(cue.id)}
        >
          Delete
        </Button>
      </div>
      {remove.isError ? <ErrorCard error={remove.error} heading="It was not deleted." /> : null}
    </li>
  );
}

interface ChooseSoundProps {
  chosen: string;
  onChoose: (clipId: string) => void;
}

function ChooseSound({ chosen, onChoose }: ChooseSoundProps) {
  const input = useRef<HTMLInputElement>(null);
  const library = useQuery(libraryQuery);
  const upload = useUploadSound();
  const sounds = (library.data ?? []).filter(canBeCalled);
  return (
    <div className="flex flex-col gap-3">
      <SelectField
        label="Which sound is heard"
        help="A sound of your library of up to 30 seconds."
        required
        value={chosen}
        onChange={(event) => onChoose(event.target.value)}
      >
        <option value="">{sounds.length === 0 ? "None yet: upload one" : "Choose a sound"}</option>
        {sounds.map(({ id, name, duration_ms: length }) => (
          <option key={id} value={id}>
            {name}, {shortLength(length ?? 0)}
          </option>
        ))}
      </SelectField>
      <p>
        <Button icon={Upload} busy={upload.isPending && "Sending the sound…"} onClick={() => input.current?.click()}>
          Upload a sound
        </Button>
      </p>
      <input
        ref={input}
        type="file"
        accept="audio/*"
        aria-label="Sound file"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) upload.mutate(file, { onSuccess: ({ id }) => onChoose(id) });
        }}
      />
      {upload.isError ? <ErrorCard error={upload.error} heading="The sound was not taken." /> : null}
      {library.isError ? <ErrorCard error={library.error} heading="We could not load your sounds." /> : null}
    </div>
  );
}

function NewCue({ showId, onDone }: { showId: string; onDone: () => void }) {
  const [words, setWords] = useState("");
  const [clip, setClip] = useState("");
  const [gain, setGain] = useState("0");
  const [byItself, setByItself] = useState(true);
  const add = useAddSoundCue(showId);
  const save = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate({ words, clip_id: clip, gain_db: Number(gain), by_itself: byItself }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={save} className="mt-3 flex flex-col gap-4 border-t border-line pt-4">
      <TextField
        label="What you say"
        help="One to five words that you never say otherwise, such as “applause please”. Leave a short silence before and after them."
        required
        maxLength={60}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <ChooseSound chosen={clip} onChoose={setClip} />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField label="How loud" value={gain} onChange={(event) => setGain(event.target.value)}>
          {(["-6", "0", "6"] as const).map((value) => (
            <option key={value} value={value}>
              {LOUDNESS[value]}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="When you say it"
          value={byItself ? "itself" : "ask"}
          onChange={(event) => setByItself(event.target.value === "itself")}
        >
          <option value="itself">Put it in by itself</option>
          <option value="ask">Ask me first</option>
        </SelectField>
      </div>
      {add.isError ? (
        <ErrorCard error={add.error} heading="It was not added." kept="What you typed is still here." />
      ) : null}
      <p className="flex flex-wrap gap-2">
        <Button type="submit" weight="main" disabled={words.trim() === "" || clip === ""} busy={add.isPending && "Adding…"}>
          Add it
        </Button>
        <Button weight="quiet" onClick={onDone}>
          Cancel
        </Button>
      </p>
    </form>
  );
}

export function SoundCues({ show }: { show: Show }) {
  const cues = useQuery(soundCuesQuery(show.id));
  const [adding, setAdding] = useState(false);
  return (
    <Card>
      <h2 className="mb-1 text-heading">Sounds you call by a word</h2>
      <p className="mb-3 text-small text-soft">
        Say the words while you record, and the sound is heard in their place. They count from the next time an episode is
        made.
      </p>
      {cues.isError ? (
        <ErrorCard
          error={cues.error}
          heading="We could not load these sounds."
          action={{ words: "Try again", onPress: () => void cues.refetch() }}
          busy={cues.isFetching}
        />
      ) : null}
      {cues.isPending ? <Loading what="your sounds" /> : null}
      <ul>
        {cues.data?.map((cue) => (
          <OneCue key={cue.id} showId={show.id} cue={cue} />
        ))}
      </ul>
      {adding ? (
        <NewCue showId={show.id} onDone={() => setAdding(false)} />
      ) : (
        <Button icon={Plus} disabled={cues.data === undefined} onClick={() => setAdding(true)}>
          Add a sound
        </Button>
      )}
    </Card>
  );
}
