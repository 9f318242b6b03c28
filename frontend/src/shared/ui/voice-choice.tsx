/** Who speaks the intro, the outro and the answers: a voice of the engine that this installation speaks with. */
import { useQuery } from "@tanstack/react-query";

import { enginesQuery, voicePreviewUrl, voicesQuery } from "@/api/engines";
import type { Voice } from "@/api/types";

import { EngineFacts } from "./engine-choice";
import { ErrorCard } from "./error-card";
import { SelectField } from "./field";
import { Fold } from "./fold";
import { Loading } from "./page";

interface VoiceChoiceProps {
  /** Null: nobody in particular. */
  value: string | null;
  /** What nobody in particular means: "As your show has it". */
  otherwise: string;
  /** Whose voice that is; the installation's own where nobody says. */
  inherited?: string | null | undefined;
  onChange: (voice: string | null) => void;
}

function HearVoice({ voice }: { voice: Voice }) {
  return (
    <audio
      key={voice.id}
      controls
      preload="none"
      src={voice.preview_url ?? voicePreviewUrl(voice.id)}
      aria-label={`How ${voice.label} sounds`}
      className="w-full"
    />
  );
}

/** The one that speaks here, and what the others would need. */
function Speakers() {
  const engines = useQuery(enginesQuery);
  if (engines.data === undefined) return null;
  const speaks = engines.data.synthesizers.find(({ is_default: isDefault }) => isDefault);
  const others = engines.data.synthesizers.filter((engine) => engine !== speaks);
  return (
    <>
      {speaks ? (
        <p className="rounded-control border border-line bg-card p-3">
          <EngineFacts engine={speaks} />
        </p>
      ) : null}
      <Fold words="Other kinds of voices">
        <p className="text-small text-soft">Which kind speaks is set for the whole DoneCast by the person who runs it.</p>
        <ul className="flex flex-col gap-2">
          {others.map((engine) => (
            <li key={engine.id} className="rounded-control border border-line bg-card p-3">
              <EngineFacts engine={engine} />
            </li>
          ))}
        </ul>
      </Fold>
    </>
  );
}

export function VoiceChoice({ value, otherwise, inherited, onChange }: VoiceChoiceProps) {
  const voices = useQuery(voicesQuery);
  if (voices.isPending) return <Loading what="the voices" />;
  const all = voices.data ?? [];
  const taken = all.find(({ id, is_default: isDefault }) => (inherited ? id === inherited : isDefault));
  const shown = value === null ? taken : all.find(({ id }) => id === value);
  return (
    <div className="flex flex-col gap-3">
      {voices.isError ? (
        <ErrorCard
          error={voices.error}
          heading="We could not load the voices."
          action={{ words: "Try again", onPress: () => void voices.refetch() }}
          busy={voices.isFetching}
        />
      ) : null}
      <SelectField
        label="Who speaks?"
        help="The intro, the outro, and what the intern answers, unless a template names a voice of its own."
        value={value ?? ""}
        onChange={(event) => onChange(event.target.value || null)}
      >
        <option value="">{taken ? `${otherwise}: ${taken.label}` : otherwise}</option>
        {value !== null && shown === undefined ? <option value={value}>{value} (not here any more)</option> : null}
        {all.map((voice) => (
          <option key={voice.id} value={voice.id}>
            {voice.label}
          </option>
        ))}
      </SelectField>
      {shown ? <HearVoice voice={shown} /> : null}
      <Speakers />
    </div>
  );
}
