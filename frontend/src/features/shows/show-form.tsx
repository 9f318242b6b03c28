/** What is set for a whole show, grouped by what it is for. */
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { type SubmitEvent, useState } from "react";

import { categoriesQuery, useUpdateShow } from "@/api/shows";
import type { Show, ShowPatch } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { SelectField, TextArea, TextField } from "@/shared/ui/field";
import { Card } from "@/shared/ui/page";

import { CleanupField } from "./cleanup-field";
import { LANGUAGES } from "./languages";
import { SlotField } from "./slot-field";
import { SoundField } from "./sound-field";
import { WordsField } from "./words-field";

interface PartProps {
  show: Show;
  change: (patch: ShowPatch) => void;
}

/** Selects offer what is known, and always what is set. */
const withCurrent = (known: readonly string[], current: string): readonly string[] =>
  current === "" || known.includes(current) ? known : [current, ...known];

function AboutPart({ show, change }: PartProps) {
  const categories = useQuery(categoriesQuery).data ?? [];
  const within = categories.find(({ name }) => name === show.category)?.subcategories ?? [];
  const subcategories = withCurrent(within, show.subcategory ?? "");
  return (
    <>
      <TextField
        label="Title"
        required
        value={show.title}
        onChange={(event) => change({ title: event.target.value })}
      />
      <TextArea
        label="What it is about"
        help="Apps show this under the title."
        value={show.description}
        onChange={(event) => change({ description: event.target.value })}
      />
      <div className="grid gap-5 sm:grid-cols-2">
        <SelectField
          label="Category"
          value={show.category}
          onChange={(event) => change({ category: event.target.value, subcategory: null })}
        >
          {withCurrent(
            categories.map(({ name }) => name),
            show.category,
          ).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <SelectField
          label="Closer category"
          value={show.subcategory ?? ""}
          disabled={subcategories.length === 0}
          onChange={(event) => change({ subcategory: event.target.value || null })}
        >
          <option value="">None</option>
          {subcategories.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <SelectField
          label="Language"
          value={show.language}
          onChange={(event) => change({ language: event.target.value })}
        >
          {withCurrent(Object.keys(LANGUAGES), show.language).map((code) => (
            <option key={code} value={code}>
              {LANGUAGES[code] ?? code}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="How people listen"
          value={show.kind}
          onChange={(event) => change({ kind: event.target.value === "serial" ? "serial" : "episodic" })}
        >
          <option value="episodic">Newest first, in any order</option>
          <option value="serial">From the first to the last, like a story</option>
        </SelectField>
      </div>
    </>
  );
}

function PeoplePart({ show, change }: PartProps) {
  return (
    <>
      <TextField label="Made by" value={show.author} onChange={(event) => change({ author: event.target.value })} />
      <TextField
        label="Name of the owner"
        help="Who the directories deal with; listeners see “Made by”."
        value={show.owner_name}
        onChange={(event) => change({ owner_name: event.target.value })}
      />
      <TextField
        label="Email of the owner"
        help="Directories write to it to check that the show is yours. It stands in the public feed."
        type="email"
        value={show.owner_email}
        onChange={(event) => change({ owner_email: event.target.value })}
      />
      <TextField
        label="Your own website"
        type="url"
        placeholder="https://"
        value={show.website ?? ""}
        onChange={(event) => change({ website: event.target.value || null })}
      />
      <TextField
        label="Copyright line"
        value={show.copyright ?? ""}
        onChange={(event) => change({ copyright: event.target.value || null })}
      />
      {(
        [
          ["explicit", "It has strong language or is meant for adults"],
          ["locked", "Other hosts may not take this feed over"],
        ] as const
      ).map(([field, words]) => (
        <label key={field} className="flex min-h-11 cursor-pointer items-center gap-3">
          <input
            type="checkbox"
            checked={show[field]}
            onChange={(event) => change({ [field]: event.target.checked })}
            className="size-6 shrink-0 accent-(--pine)"
          />
          {words}
        </label>
      ))}
    </>
  );
}

export function ShowForm({ show }: { show: Show }) {
  const [patch, setPatch] = useState<ShowPatch>({});
  const update = useUpdateShow(show.id);
  const shown = { ...show, ...patch } as Show;
  const changed = Object.keys(patch).length > 0;
  const change = (more: ShowPatch) => setPatch((before) => ({ ...before, ...more }));

  const save = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    update.mutate(patch, { onSuccess: () => setPatch({}) });
  };

  return (
    <Card>
      <form onSubmit={save} className="flex flex-col gap-5">
        <h2 className="text-heading">About the show</h2>
        <AboutPart show={shown} change={change} />
        <h2 className="mt-4 border-t border-line pt-6 text-heading">When episodes go out</h2>
        <SlotField show={shown} change={change} />
        <h2 className="mt-4 border-t border-line pt-6 text-heading">How it sounds</h2>
        <SoundField show={shown} change={change} />
        <h2 className="mt-4 border-t border-line pt-6 text-heading">Words and voice</h2>
        <WordsField show={shown} change={change} />
        <h2 className="mt-4 border-t border-line pt-6 text-heading">Slips of the tongue</h2>
        <CleanupField show={shown} saved={patch.cleanup === undefined} change={change} />
        <h2 className="mt-4 border-t border-line pt-6 text-heading">Who makes it</h2>
        <PeoplePart show={shown} change={change} />
        {update.isError ? (
          <ErrorCard error={update.error} heading="Your changes were not saved." kept="What you typed is still here." />
        ) : null}
        <div className="mt-2 flex flex-wrap items-center gap-4">
          <Button type="submit" weight="main" disabled={!changed} busy={update.isPending && "Saving…"}>
            Save the show
          </Button>
          <p role="status" className="flex items-center gap-1.5 text-ok">
            {update.isSuccess && !changed ? (
              <>
                <Check aria-hidden className="size-5" /> Saved
              </>
            ) : null}
          </p>
        </div>
      </form>
    </Card>
  );
}
