/** Credits come as texts with three places. Shares and sums are counted in whole thousandths, never in fractions. */

export function thousandths(text: string): number {
  const [, sign = "", whole = "0", places = ""] = /^(-?)(\d+)(?:\.(\d{1,3}))?$/.exec(text) ?? [];
  const amount = Number(whole) * 1000 + Number(places.padEnd(3, "0"));
  return sign === "-" ? -amount : amount;
}

/** 26750 is "26.750", as the server writes it. */
export function creditsText(amount: number): string {
  const digits = String(Math.abs(amount)).padStart(4, "0");
  return `${amount < 0 ? "-" : ""}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

/** "1,234.5": without places that say nothing. */
export function creditsWords(text: string): string {
  const amount = thousandths(text);
  const whole = Math.floor(Math.abs(amount) / 1000).toLocaleString("en-GB");
  const places = String(Math.abs(amount) % 1000).padStart(3, "0").replace(/0+$/, "");
  return `${amount < 0 ? "−" : ""}${whole}${places === "" ? "" : `.${places}`}`;
}

/** "1 credit", "26.75 credits". */
export const withUnit = (text: string): string => `${creditsWords(text)} ${thousandths(text) === 1000 ? "credit" : "credits"}`;

/** "(5 + 10.5 min × 0.5) × 2 = 20.5": the server's formula without places that say nothing. */
export const formulaWords = (formula: string): string =>
  formula.replace(/\d+\.\d{3}\b/g, (amount) => creditsWords(amount));

/** A whole percent from 0 to 100; only what is all of it is 100. */
export function percentOf(part: number, whole: number): number {
  if (whole <= 0) return part > 0 ? 100 : 0;
  return Math.max(0, Math.min(part >= whole ? 100 : 99, Math.round((100 * part) / whole)));
}

const ACTIONS: Record<string, string> = {
  TRANSCRIPTION: "Writing out the words",
  TTS_GENERATION: "Speaking",
  ASSEMBLY: "Putting episodes together",
  STORAGE: "Keeping your files",
  AUPHONIC_PROCESSING: "Improving sound by Auphonic",
  LEGACY_IMPORT: "Before this DoneCast",
};

export const actionWords = (reason: string): string => ACTIONS[reason] ?? "Other";

export type Shortage = "none" | "low" | "empty";
const LOW_FROM_PERCENT = 80;

/** Low from four fifths of the month's credits on; what was bought beside them counts as well. What is merely set aside
 * for work that is going on may come back, so it is not gone. */
export function shortageOf(standing: { allowance: string | null; available: string | null; held: string }): Shortage {
  if (standing.allowance === null || standing.available === null) return "none";
  const [allowance, available] = [thousandths(standing.allowance), thousandths(standing.available)];
  if (available + thousandths(standing.held) <= 0) return "empty";
  return available * 100 <= allowance * (100 - LOW_FROM_PERCENT) ? "low" : "none";
}
