/** The cover: shown as listeners see it, replaced with one button. */
import { ImageUp } from "lucide-react";
import { useRef } from "react";

import { useReplaceCover } from "@/api/shows";
import type { Show } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";
import { Card } from "@/shared/ui/page";

export function CoverField({ show }: { show: Show }) {
  const input = useRef<HTMLInputElement>(null);
  const replace = useReplaceCover(show.id);
  return (
    <Card>
      <h2 className="mb-3 text-heading">Cover</h2>
      <img
        src={show.cover_url}
        alt={`Cover of ${show.title}`}
        className="mb-4 aspect-square w-full max-w-56 rounded-card border border-line bg-well object-cover"
      />
      <p className="mb-3 text-small text-soft">A square picture of 1400 to 3000 pixels, JPEG or PNG.</p>
      <Button icon={ImageUp} onClick={() => input.current?.click()} busy={replace.isPending && "Sending the picture…"}>
        Choose another cover
      </Button>
      <input
        ref={input}
        type="file"
        accept="image/jpeg,image/png"
        aria-label="Cover picture"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) replace.mutate(file);
        }}
      />
      {replace.isError ? (
        <div className="mt-4">
          <ErrorCard error={replace.error} heading="The cover was not changed." kept="The old cover is still there." />
        </div>
      ) : null}
    </Card>
  );
}
