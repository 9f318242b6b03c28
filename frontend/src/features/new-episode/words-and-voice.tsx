/** For this episode alone: who writes out its words, and who speaks. Folded away, for the show has said it already. */
import type { Show } from "@/api/types";
import { EngineChoice } from "@/shared/ui/engine-choice";
import { Fold } from "@/shared/ui/fold";
import { VoiceChoice } from "@/shared/ui/voice-choice";

import type { Typed } from "./session";

const OTHERWISE = "As your show has it";

interface WordsAndVoiceProps {
  show: Show;
  typed: Typed;
  onType: (change: Typed) => void;
}

export function WordsAndVoice({ show, typed, onType }: WordsAndVoiceProps) {
  return (
    <Fold words="Who writes out the words, and who speaks">
      <EngineChoice
        value={typed.transcriber ?? null}
        otherwise={OTHERWISE}
        inherited={show.transcriber}
        onChange={(transcriber) => onType({ transcriber })}
      />
      <VoiceChoice
        value={typed.voice ?? null}
        otherwise={OTHERWISE}
        inherited={show.voice}
        onChange={(voice) => onType({ voice })}
      />
    </Fold>
  );
}
