/** A name for one act, so that sending it twice does it once. `crypto.randomUUID` is missing where a page has come over
 * plain http, as it does from a computer at home. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
