/** Which music lies under a template's intro and outro: the house's, or the person's own. */
import { useQuery } from "@tanstack/react-query";
import { Music, Pencil } from "lucide-react";
import { useRef, useState } from "react";

import { musicQuery, useAddMusic, useChangeTemplate } from "@/api/templates";
import type { Template } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { SelectField } from "@/shared/ui/field";

const HOUSE_MUSIC = "house:music-bed";

interface MusicRule {
  asset: string;
  name?: string;
}

const rulesOf = ({ definition }: Template): MusicRule[] => {
  const { music } = definition as { music?: unknown };
  return Array.isArray(music) ? (music as MusicRule[]) : [];
};

/** The same template with other music under the same parts, as loud and as long as before. */
export const withMusic = (template: Template, asset: string, name: string): Template["definition"] => ({
  ...template.definition,
  music: rulesOf(template).map((rule) => ({ ...rule, asset, name })),
});

function ChooseMusic({ template }: { template: Template }) {
  const input = useRef<HTMLInputElement>(null);
  const music = useQuery(musicQuery);
  const change = useChangeTemplate(template);
  const add = useAddMusic();
  const own = (music.data ?? []).filter(({ state }) => state !== "refused");
  const assets = new Set(rulesOf(template).map(({ asset }) => asset));
  const current = assets.size === 1 ? ([...assets][0] ?? "") : "";
  const choose = (asset: string, name: string) => change.mutate(withMusic(template, asset, name));
  const failed = [music, change, add].find(({ isError }) => isError);
  return (
    <div className="mt-2 flex flex-col gap-3">
      <SelectField
        label={`Music of “${template.name}”`}
        help="Under the intro and the outro; it steps back while somebody speaks. It counts for future episodes."
        value={current}
        disabled={change.isPending || music.data === undefined}
        onChange={(event) => {
          const { value } = event.target;
          choose(value, own.find(({ id }) => id === value)?.name ?? "House music");
        }}
      >
        {current === "" ? <option value="">Several pieces of music</option> : null}
        <option value={HOUSE_MUSIC}>House music</option>
        {own.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <Button icon={Music} className="self-start" busy={add.isPending && "Sending…"} onClick={() => input.current?.click()}>
        Add music of your own
      </Button>
      <input
        ref={input}
        type="file"
        accept="audio/*"
        aria-label={`Music for “${template.name}”`}
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) add.mutate(file, { onSuccess: ({ id, name }) => choose(id, name) });
        }}
      />
      <p role="status" className="text-small text-ok empty:hidden">
        {change.isSuccess ? "Saved" : ""}
      </p>
      {failed ? <ErrorCard error={failed.error} heading="The music was not changed." kept="The template is as it was." /> : null}
    </div>
  );
}

export function TemplateMusic({ template }: { template: Template }) {
  const [open, setOpen] = useState(false);
  if (rulesOf(template).length === 0) return null;
  return open ? (
    <ChooseMusic template={template} />
  ) : (
    <Button weight="quiet" icon={Pencil} className="px-0!" onClick={() => setOpen(true)}>
      Choose its music
      <span className="sr-only">: {template.name}</span>
    </Button>
  );
}
