/** Who writes out the words of a show's episodes, and who speaks in them, unless an episode says otherwise. */
import type { Show, ShowPatch } from "@/api/types";
import { EngineChoice } from "@/shared/ui/engine-choice";
import { Fold } from "@/shared/ui/fold";
import { VoiceChoice } from "@/shared/ui/voice-choice";

const OTHERWISE = "As this DoneCast is set up";

export function WordsField({ show, change }: { show: Show; change: (patch: ShowPatch) => void }) {
  return (
    <>
      <p className="text-soft">
        This counts from the next time an episode is made. A single episode may have it otherwise.
      </p>
      <Fold words="Who writes out the words, and who speaks">
        <EngineChoice
          value={show.transcriber}
          otherwise={OTHERWISE}
          onChange={(transcriber) => change({ transcriber })}
        />
        <VoiceChoice value={show.voice} otherwise={OTHERWISE} onChange={(voice) => change({ voice })} />
      </Fold>
    </>
  );
}
