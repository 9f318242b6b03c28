/** Teaching the show's word by a short recording, for people who say it differently. */
import { Ear } from "lucide-react";
import { useRef } from "react";

import { useTeachMarker } from "@/api/shows";
import type { Show } from "@/api/types";
import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";

export function MarkerLesson({ show, saved }: { show: Show; saved: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const lesson = useTeachMarker(show.id);
  return (
    <div>
      <p className="mb-3 text-small text-soft">
        Is it not found? Record nothing but “{show.cleanup.flubber_keyword}”, five times, with a second of silence after each,
        and we learn how you say it.
      </p>
      <Button
        icon={Ear}
        disabled={!saved}
        busy={lesson.isPending && "Listening…"}
        onClick={() => input.current?.click()}
      >
        Teach it my voice
      </Button>
      {saved ? null : <p className="mt-2 text-small text-soft">Save the show first, so that the right word is learnt.</p>}
      <input
        ref={input}
        type="file"
        accept="audio/*"
        aria-label="Recording of the word"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) lesson.mutate(file);
        }}
      />
      <p role="status" className="mt-2">
        {lesson.data ? `We heard “${lesson.data.keyword}” ${lesson.data.heard} of ${lesson.data.said} times, and will listen so.` : ""}
      </p>
      {lesson.isError ? (
        <ErrorCard error={lesson.error} heading="Nothing was learnt." kept="We listen as before." />
      ) : null}
    </div>
  );
}
