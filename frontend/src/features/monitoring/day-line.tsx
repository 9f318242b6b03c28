/** A figure over the last day as a line; a gap where nobody looked. */
import type { HealthHistory } from "@/api/types";

const [WIDTH, HEIGHT] = [288, 40];
const DAY_MS = 86_400_000;

type Samples = HealthHistory["lines"][string];

/** The line of samples that follow each other closely; it begins anew after a gap. Pure. */
export function linePath(samples: Samples, everySeconds: number, now: number): string {
  const highest = Math.max(1, ...samples.map((sample) => sample.value));
  let before = Number.NEGATIVE_INFINITY;
  return samples
    .map((sample) => {
      const at = Date.parse(sample.at);
      const x = Math.max(0, Math.round((WIDTH * (at - now + DAY_MS)) / DAY_MS));
      const y = Math.round((HEIGHT - 2) * (1 - sample.value / highest)) + 1;
      const follows = at - before <= 2 * everySeconds * 1000;
      before = at;
      return follows ? `L${x} ${y}` : `M${x} ${y}h1`;
    })
    .join("");
}

export function DayLine({ samples, everySeconds, what }: { samples: Samples; everySeconds: number; what: string }) {
  if (samples.length === 0) return <p className="text-small text-soft">The line of a day begins in a few minutes.</p>;
  const values = samples.map((sample) => sample.value);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)].map((value) => Math.round(value * 10) / 10);
  const words = lowest === highest ? `${lowest} all the time` : `between ${lowest} and ${highest}`;
  return (
    <figure>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${what} over the last 24 hours: ${words}`}
        className="h-10 w-full"
      >
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="stroke-line" strokeWidth="1" />
        <path
          d={linePath(samples, everySeconds, Date.now())}
          fill="none"
          className="stroke-pine"
          strokeWidth="2"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <figcaption className="text-small text-soft">24 hours: {words}</figcaption>
    </figure>
  );
}
