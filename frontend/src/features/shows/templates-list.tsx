/** What is put around a recording, to read, and its music to choose; the rest comes with the template builder. */
import { useQuery } from "@tanstack/react-query";

import { templatesQuery } from "@/api/shows";
import type { Template } from "@/api/types";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card, Loading } from "@/shared/ui/page";

import { TemplateMusic } from "./template-music";

const SEGMENT_WORDS: Record<string, string> = {
  intro: "Intro",
  content: "Your recording",
  outro: "Outro",
  advert: "Advert",
  transition: "Transition",
  sound_effect: "Sound effect",
};

/** The parts in order, as far as the definition names them: "Intro, Your recording, Outro". */
export function partsOf(template: Template): string {
  const { segments, music } = template.definition as { segments?: unknown; music?: unknown };
  const names = (Array.isArray(segments) ? segments : []).flatMap((segment: unknown) => {
    const kind = typeof segment === "object" && segment !== null ? (segment as { kind?: unknown }).kind : undefined;
    return typeof kind === "string" ? [SEGMENT_WORDS[kind] ?? kind] : [];
  });
  const parts = names.length > 0 ? names.join(", ") : "Your recording";
  return Array.isArray(music) && music.length > 0 ? `${parts}, with music` : parts;
}

export function TemplatesList({ showId }: { showId: string }) {
  const templates = useQuery(templatesQuery(showId));
  return (
    <Card>
      <h2 className="mb-1 text-heading">Templates</h2>
      <p className="mb-3 text-small text-soft">What goes before, under and after each recording.</p>
      {templates.isError ? (
        <ErrorCard
          error={templates.error}
          heading="We could not load the templates."
          action={{ words: "Try again", onPress: () => void templates.refetch() }}
          busy={templates.isFetching}
        />
      ) : null}
      {templates.isPending ? <Loading what="the templates" /> : null}
      {templates.data?.length === 0 ? <p>None yet: recordings go out as they are.</p> : null}
      <ul>
        {templates.data?.map((template) => (
          <li key={template.id} className="border-t border-line py-3">
            <p className="font-semibold">{template.name}</p>
            <p className="text-small text-soft">{partsOf(template)}</p>
            <TemplateMusic template={template} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
