/** A question with a few answers, each a card with a word and a sentence. Plain radio buttons underneath. */
import { clsx } from "clsx";
import { useId } from "react";

export interface Choice<Value extends string> {
  value: Value;
  name: string;
  explanation: string;
  disabled?: boolean;
}

interface ChoiceCardsProps<Value extends string> {
  question: string;
  choices: readonly Choice<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}

export function ChoiceCards<Value extends string>({ question, choices, value, onChange }: ChoiceCardsProps<Value>) {
  const group = useId();
  return (
    <fieldset>
      <legend className="mb-1.5 font-semibold">{question}</legend>
      <div className="grid gap-2 sm:grid-cols-3">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className={clsx(
              "flex min-h-11 gap-2.5 rounded-control border p-3",
              "has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-(--focus)",
              choice.disabled ? "cursor-not-allowed border-line bg-well" : "cursor-pointer",
              choice.value === value ? "border-2 border-pine bg-pine-wash" : "border-edge bg-card hover:bg-well",
            )}
          >
            <input
              type="radio"
              name={group}
              value={choice.value}
              checked={choice.value === value}
              disabled={choice.disabled}
              onChange={() => onChange(choice.value)}
              className="mt-1 size-5 shrink-0 accent-(--pine) outline-none"
            />
            <span>
              <span className="block font-semibold">{choice.name}</span>
              <span className="block text-small text-soft">{choice.explanation}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
