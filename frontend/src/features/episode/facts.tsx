/** What came out: lengths before and after, loudness, files to download. */
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import type { ReactNode } from "react";

import { wordsQuery } from "@/api/transcripts";
import type { Episode } from "@/api/types";
import { fileSize } from "@/shared/lib/format-size";
import { clockTime } from "@/shared/lib/format-time";
import { ownAddress } from "@/shared/lib/own-address";
import { buttonLook } from "@/shared/ui/button";
import { Card } from "@/shared/ui/page";

const CAPTIONS = [
  { format: "vtt", words: "Captions for web pages (VTT)" },
  { format: "srt", words: "Captions for video programs (SRT)" },
  { format: "txt", words: "Plain text" },
] as const;

function Fact({ name, children, note }: { name: string; children: ReactNode; note?: string }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-4 border-b border-line py-2.5">
      <dt className="text-soft">{name}</dt>
      <dd className="text-right font-semibold tabular-nums">
        {children}
        {note ? <span className="block text-small font-normal text-soft">{note}</span> : null}
      </dd>
    </div>
  );
}

/** What apps ask for at most: coding raises peaks a little, and above full scale they would break. */
const PLAYABLE_DBTP = -1;

/** Loudness as apps see it: near -16 LUFS in stereo or -19 in mono is what they ask for. */
function loudnessOf(lufs: number): string {
  if (lufs < -21) return "Quieter than most podcasts";
  return lufs > -14 ? "Louder than most podcasts" : "As loud as other podcasts";
}

export function Facts({ episode }: { episode: Episode }) {
  const words = useQuery({ ...wordsQuery(episode.id), enabled: episode.transcript !== null });
  const { rendition, transcript } = episode;
  return (
    <Card>
      <h2 className="mb-2 text-heading">The finished file</h2>
      <dl>
        {words.data ? <Fact name="Your recording">{clockTime(words.data.duration_ms)}</Fact> : null}
        {rendition ? (
          <>
            <Fact name="Finished episode" note="with what your template adds">
              {clockTime(rendition.duration_ms)}
            </Fact>
            {rendition.loudness_lufs === null ? null : (
              <Fact name="Loudness" note={`${rendition.loudness_lufs.toFixed(1)} LUFS`}>
                {loudnessOf(rendition.loudness_lufs)}
              </Fact>
            )}
            <Fact name="Loudest moment" note={`${rendition.true_peak_dbtp.toFixed(1)} dBTP`}>
              {rendition.true_peak_dbtp <= PLAYABLE_DBTP ? "Not too loud for any player" : "Louder than players like"}
            </Fact>
            <Fact name="Size">{fileSize(rendition.length_bytes)}</Fact>
          </>
        ) : null}
        {transcript ? <Fact name="Words">{transcript.words_count.toLocaleString("en-GB")}</Fact> : null}
      </dl>
      {rendition || transcript ? (
        <div className="mt-5 flex flex-wrap gap-2">
          {rendition ? (
            <a href={ownAddress(rendition.url)} download className={buttonLook("plain")}>
              <Download aria-hidden className="size-5" />
              Sound
            </a>
          ) : null}
          {transcript && rendition
            ? CAPTIONS.map(({ format, words: name }) => (
                <a
                  key={format}
                  href={`/api/episodes/${episode.id}/transcript.${format}`}
                  download
                  className={buttonLook("plain")}
                >
                  <Download aria-hidden className="size-5" />
                  {name}
                </a>
              ))
            : null}
        </div>
      ) : (
        <p className="mt-3 text-soft">It appears here once it is made.</p>
      )}
    </Card>
  );
}
