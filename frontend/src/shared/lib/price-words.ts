/** Money in its smallest unit, as people read it. Pure. */

/** "€5.00", "¥500": how many places a currency has is the browser's knowledge. */
export function priceWords(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency });
  const places = format.resolvedOptions().maximumFractionDigits ?? 2;
  // A text, so that the digits are shown as they are and no fraction rounds them.
  const digits = String(amount).padStart(places + 1, "0");
  const decimal = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return format.format(decimal as Intl.StringNumericLiteral);
}
