/** Counts over time as a row of bars, so small that it stands beside a line of text; the words say the same. */

interface TrendBarsProps {
  counts: readonly number[];
  /** What one sees: "in the last 24 hours". */
  over: string;
  /** What is counted: "errors". */
  what?: string;
  className?: string;
}

const HEIGHT = 32;
const STEP = 6;

export function TrendBars({ counts, over, what = "errors", className = "h-8 w-36" }: TrendBarsProps) {
  const highest = Math.max(1, ...counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const words = `${total} ${what} ${over}, at most ${Math.max(0, ...counts)} at once`;
  return (
    <svg
      viewBox={`0 0 ${Math.max(1, counts.length) * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words}
      className={className}
    >
      <line x1="0" x2={counts.length * STEP} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="stroke-line" strokeWidth="1" />
      {counts.map((count, place) => {
        const tall = count === 0 ? 0 : Math.max(2, Math.round(((HEIGHT - 1) * count) / highest));
        return (
          <rect key={place} x={place * STEP + 1} y={HEIGHT - 1 - tall} width={STEP - 2} height={tall} className="fill-pine" />
        );
      })}
    </svg>
  );
}
