/** Who speaks the intro, the outro and the answers: a voice of any engine that may speak here. */
import { useQueries, useQuery } from "@tanstack/react-query";

import { pricesQuery } from "@/api/billing";
import { enginesQuery, voicePreviewUrl, voicesQuery } from "@/api/engines";
import type { Engine, MinutePrices, Voice } from "@/api/types";
import { engineOfVoice, fullVoiceName, ownVoiceName } from "@/shared/lib/voice-name";

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

function EngineCard({ engine, prices }: { engine: Engine; prices: MinutePrices | undefined }) {
  return (
    <p className="rounded-control border border-line bg-card p-3">
      <EngineFacts engine={engine} price={prices?.voices[engine.id]} />
    </p>
  );
}

export function VoiceChoice(props: VoiceChoiceProps) {
  const engines = useQuery(enginesQuery);
  if (engines.isError) {
    return (
      <ErrorCard
        error={engines.error}
        heading="We could not load who can speak."
        action={{ words: "Try again", onPress: () => void engines.refetch() }}
        busy={engines.isFetching}
      />
    );
  }
  if (engines.data === undefined) return <Loading what="the voices" />;
  return <OfEngines {...props} engines={engines.data.synthesizers} />;
}

function OfEngines({ value, otherwise, inherited, onChange, engines }: VoiceChoiceProps & { engines: readonly Engine[] }) {
  const prices = useQuery(pricesQuery).data;
  // The one that speaks by default is shown though it may be missing: its own words say what to do.
  const speaking = engines.filter(({ state, is_default: isDefault }) => state === "ready" || isDefault);
  const lists = useQueries({ queries: speaking.map(({ id }) => voicesQuery(id)) });
  const standard = engines.find(({ is_default: isDefault }) => isDefault)?.id ?? "";
  // One service that is slow hides nobody else's voices.
  if (lists.length > 0 && lists.every(({ isPending }) => isPending)) return <Loading what="the voices" />;

  const groups = speaking.map((engine, place) => ({ engine, list: lists[place], voices: lists[place]?.data ?? [] }));
  const all = groups.flatMap(({ voices }) => voices);
  const named = (name: string) => all.find(({ id }) => id === fullVoiceName(name, standard));
  const words = (name: string): string => {
    const voice = named(name);
    if (voice) return voice.label;
    const engineId = engineOfVoice(fullVoiceName(name, standard));
    // Only a list that is there can lack it.
    const gone = groups.some(({ engine, list }) => engine.id === engineId && list?.isSuccess);
    return `${ownVoiceName(name)}${gone ? " (not here any more)" : ""}`;
  };
  const usual = all.find((one) => one.engine === standard && one.is_default);
  const chosen = value ?? (inherited || null);
  const shown = chosen === null ? usual : named(chosen);
  const taken = inherited ? words(inherited) : usual?.label;
  const speaks = engines.find(({ id }) => id === (chosen === null ? standard : engineOfVoice(fullVoiceName(chosen, standard))));
  return (
    <div className="flex flex-col gap-3">
      {groups.map(({ engine, list }) =>
        list?.isError ? (
          <ErrorCard
            key={engine.id}
            error={list.error}
            heading={`We could not load the voices of ${engine.label}.`}
            action={{ words: "Try again", onPress: () => void list.refetch() }}
            busy={list.isFetching}
          />
        ) : list?.isPending ? (
          <p key={engine.id} role="status" className="text-small text-soft">
            Loading the voices of {engine.label}…
          </p>
        ) : null,
      )}
      <SelectField
        label="Who speaks?"
        help="The intro, the outro, and what the intern answers, unless a template names a voice of its own."
        value={shown && value !== null ? shown.id : (value ?? "")}
        onChange={(event) => onChange(event.target.value || null)}
      >
        <option value="">{taken ? `${otherwise}: ${taken}` : otherwise}</option>
        {value !== null && shown === undefined ? <option value={value}>{words(value)}</option> : null}
        {groups.map(({ engine, voices }) =>
          voices.length === 0 ? null : (
            <optgroup key={engine.id} label={engine.label}>
              {voices.map((voice) => (
                <option key={voice.id} value={voice.id}>
                  {voice.label}
                </option>
              ))}
            </optgroup>
          ),
        )}
      </SelectField>
      {shown ? <HearVoice voice={shown} /> : null}
      {speaks ? <EngineCard engine={speaks} prices={prices} /> : null}
      <Fold words="Other kinds of voices">
        {engines
          .filter((engine) => engine !== speaks)
          .map((engine) => (
            <EngineCard key={engine.id} engine={engine} prices={prices} />
          ))}
      </Fold>
    </div>
  );
}
