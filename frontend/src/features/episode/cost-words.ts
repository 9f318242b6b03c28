/** What a text cost, in words. Millionths of a currency stay whole numbers until they are written. Pure. */
const MICROS = 1_000_000;
const DIGITS = 6;
const SHOWN_DIGITS_MIN = 2;

export function costWords(micros: number | null, currency: string): string {
  if (micros === null) return "what it cost is not known";
  if (micros === 0) return "free";
  const whole = Math.floor(micros / MICROS);
  const rest = String(micros % MICROS).padStart(DIGITS, "0");
  const shown = rest.replace(/0+$/, "").padEnd(SHOWN_DIGITS_MIN, "0");
  return `cost ${whole}.${shown} ${currency}`;
}
