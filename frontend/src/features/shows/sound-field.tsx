/** What is done to the sound of a show's recordings. Each is off until it is chosen. */
import type { Show, ShowPatch } from "@/api/types";

const CHOICES = [
  [
    "noise_reduction",
    "Clean up background noise",
    "Takes a steady hum, hiss or fan away. An echo of the room stays.",
  ],
  ["levelling", "Even out loud and quiet talk", "Brings everybody who speaks to the same loudness."],
  ["de_essing", "Soften sharp s sounds", "Makes a piercing s milder and leaves all else alone."],
] as const;

export function SoundField({ show, change }: { show: Show; change: (patch: ShowPatch) => void }) {
  return (
    <>
      <p className="text-soft">
        Leave these off if you are happy with how you sound. A recording that is fine already stays exactly as it is. They
        count from the next time an episode is made.
      </p>
      {CHOICES.map(([field, words, help]) => (
        <label key={field} className="flex min-h-11 cursor-pointer items-start gap-3">
          <input
            type="checkbox"
            checked={show[field]}
            onChange={(event) => change({ [field]: event.target.checked })}
            aria-describedby={`${field}-help`}
            className="size-6 shrink-0 accent-(--pine)"
          />
          <span>
            {words}
            <span id={`${field}-help`} className="block text-small text-soft">
              {help}
            </span>
          </span>
        </label>
      ))}
    </>
  );
}
