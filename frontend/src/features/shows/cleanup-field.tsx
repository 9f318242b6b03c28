/** What is looked for in a show's recordings, and what is done about it without asking. */
import type { Show, ShowPatch } from "@/api/types";
import { MarkerLesson } from "./marker-lesson";
import { SelectField, TextArea, TextField } from "@/shared/ui/field";

type Cleanup = Show["cleanup"];
type Choices = Required<Cleanup>["choices"];
type Kind = keyof Choices;
type Choice = NonNullable<Choices[Kind]>;

const CHOICES: readonly (readonly [Kind, string])[] = [
  ["flubber", "Sentences you said again"],
  ["filler", "Ums and ers"],
  ["long_pause", "Long pauses"],
  ["repeat", "Words said twice"],
  ["censor", "Words that nobody should hear"],
];
const HELP: Partial<Record<Kind, string>> = {
  filler:
    "Cut only where they are written down: AssemblyAI hears them, the built-in recogniser now and then; Whisper and Auphonic leave them out, and the episode says so.",
};
const ANSWERS: Record<Choice, string> = {
  cut: "Cut when clear, else ask",
  ask: "Always ask me",
  keep: "Leave them in",
};

interface CleanupFieldProps {
  show: Show;
  /** Whether the word that is shown is the one that the server knows. */
  saved: boolean;
  change: (patch: ShowPatch) => void;
}

export function CleanupField({ show, saved, change }: CleanupFieldProps) {
  const { cleanup } = show;
  // What a lesson has taught is not sent, so that it stays.
  const { flubber_exponent: _taught, ...sent } = cleanup;
  const set = (more: NonNullable<ShowPatch["cleanup"]>) => change({ cleanup: { ...sent, ...more } });
  const choose = (kind: Kind, choice: string) =>
    set({ choices: { ...cleanup.choices, [kind]: choice as Choice } });

  return (
    <>
      <p className="text-soft">
        Your recording itself is never changed, and every cut can be taken back. These count from the next time an episode
        is made.
      </p>
      <TextField
        label="What you say after a mistake"
        help="Say it, pause, and begin the sentence again. One to three short words that you never say otherwise."
        value={cleanup.flubber_keyword}
        onChange={(event) => set({ flubber_keyword: event.target.value })}
      />
      <MarkerLesson show={show} saved={saved} />
      <div className="grid gap-5 sm:grid-cols-2">
        {CHOICES.map(([kind, words]) => (
          <SelectField
            key={kind}
            label={words}
            help={HELP[kind]}
            value={cleanup.choices?.[kind]}
            onChange={(event) => choose(kind, event.target.value)}
          >
            {Object.entries(ANSWERS).map(([choice, answer]) => (
              <option key={choice} value={choice}>
                {kind === "censor" && choice === "cut" ? "Cover when clear, else ask" : answer}
              </option>
            ))}
          </SelectField>
        ))}
      </div>
      <TextArea
        label="Which words nobody should hear"
        help="One on each line. Each is covered for exactly as long as it lasts, and left out of the captions. Where the words are only approximate, you are asked first."
        value={cleanup.censored?.join("\n")}
        onChange={(event) => set({ censored: event.target.value === "" ? [] : event.target.value.split("\n") })}
      />
      <SelectField
        label="Covered with"
        value={cleanup.cover_with}
        onChange={(event) => set({ cover_with: event.target.value === "silence" ? "silence" : "beep" })}
      >
        <option value="beep">A beep</option>
        <option value="silence">Silence</option>
      </SelectField>
    </>
  );
}
