/** Who writes out the words: what each is good for, where the sound goes, and what is missing where one is not ready. */
import { useQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { type ReactNode, useId } from "react";

import { pricesQuery } from "@/api/billing";
import { enginesQuery } from "@/api/engines";
import type { Engine } from "@/api/types";
import { withUnit } from "@/shared/lib/credits";

import { ErrorCard } from "./error-card";
import { Loading } from "./page";

const STATE_WORDS: Record<Engine["state"], string> = {
  ready: "Ready",
  needs_key: "Needs a key",
  not_installed: "Not installed",
};

interface EngineFactsProps {
  engine: Engine;
  /** Credits for a minute; left out while that is not known. */
  price?: string | undefined;
}

/** What a person must know before choosing, and who does what where it is not ready. */
export function EngineFacts({ engine, price }: EngineFactsProps) {
  return (
    <>
      <span className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="font-semibold">{engine.label}</span>
        <span className={clsx("text-small font-semibold", engine.state === "ready" ? "text-ok" : "text-amber")}>
          {STATE_WORDS[engine.state]}
        </span>
      </span>
      <span className="block text-small text-soft">{engine.good_for}</span>
      <span className="block text-small text-soft">{engine.sound_goes}</span>
      {price ? <span className="block text-small font-semibold">{withUnit(price)} for each minute</span> : null}
      {engine.remedy ? (
        <span className="mt-1 block text-small">
          {engine.remedy}
          {engine.command ? <code className="block break-words">{engine.command}</code> : null}
        </span>
      ) : null}
    </>
  );
}

interface CardProps {
  group: string;
  value: string;
  checked: boolean;
  disabled?: boolean;
  onPick: () => void;
  children: ReactNode;
}

function Card({ group, value, checked, disabled = false, onPick, children }: CardProps) {
  return (
    <label
      className={clsx(
        "flex gap-2.5 rounded-control border p-3",
        "has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-(--focus)",
        disabled ? "cursor-not-allowed border-line bg-well" : "cursor-pointer",
        checked ? "border-2 border-pine bg-pine-wash" : disabled ? "" : "border-edge bg-card hover:bg-well",
      )}
    >
      <input
        type="radio"
        name={group}
        value={value}
        checked={checked}
        disabled={disabled}
        onChange={onPick}
        className="mt-1 size-5 shrink-0 accent-(--pine) outline-none"
      />
      <span className="min-w-0 grow">{children}</span>
    </label>
  );
}

interface EngineChoiceProps {
  /** Null: nobody in particular. */
  value: string | null;
  /** What nobody in particular means: "As your show has it". */
  otherwise: string;
  /** Who that is; the installation's own where nobody says. */
  inherited?: string | null | undefined;
  onChange: (engine: string | null) => void;
}

export function EngineChoice({ value, otherwise, inherited, onChange }: EngineChoiceProps) {
  const group = useId();
  const engines = useQuery(enginesQuery);
  const prices = useQuery(pricesQuery);
  if (engines.isError) {
    return (
      <ErrorCard
        error={engines.error}
        heading="We could not load who can write out the words."
        action={{ words: "Try again", onPress: () => void engines.refetch() }}
        busy={engines.isFetching}
      />
    );
  }
  if (engines.data === undefined) return <Loading what="who can write out the words" />;
  const all = engines.data.transcribers;
  const taken = all.find(({ id, is_default: isDefault }) => (inherited ? id === inherited : isDefault));
  return (
    <fieldset>
      <legend className="mb-1.5 font-semibold">Who writes out the words?</legend>
      <div className="flex flex-col gap-2">
        <Card group={group} value="" checked={value === null} onPick={() => onChange(null)}>
          <span className="font-semibold">{otherwise}</span>
          {taken ? <span className="block text-small text-soft">At the moment: {taken.label}</span> : null}
        </Card>
        {all.map((engine) => (
          <Card
            key={engine.id}
            group={group}
            value={engine.id}
            checked={value === engine.id}
            // What was chosen stays to be seen, also when it has gone meanwhile.
            disabled={engine.state !== "ready" && value !== engine.id}
            onPick={() => onChange(engine.id)}
          >
            <EngineFacts engine={engine} price={prices.data?.transcribers[engine.id]} />
          </Card>
        ))}
      </div>
    </fieldset>
  );
}
