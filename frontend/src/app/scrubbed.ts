/** A text of the studio without what nobody else may read. Coarser than the server's own: rather too much is taken than
 * too little, for an error is found by where it happened. */
const REDACTED = "[redacted]";
const LONGEST = 2_000;

const TELLING =
  "pass(?:word|wd|phrase|code)|pwd|secret|token|cookie|authori[sz]ation|credential|signature|csrf|jwt|bearer" +
  "|\\w{0,20}[-_ ]?key|session\\w{0,10}|dsn|pin|otp|cvc|cvv|sid|sig|auth|code|state";
const NAMED = `((?<![a-z0-9])(?:\\w{0,30}[-_.])?(?:${TELLING})(?:[-_.]\\w{0,30})?["'\\\\]{0,4}\\s{0,4}(?:=>|:=|[=:,])\\s{0,4})[^\\r\\n]+`;
const OWN_ID = "(?:[a-z]{2,5}_)?[0-9a-hjkmnp-tv-z]{26}(?!\\w)";

const PASSES: [RegExp, string][] = [
  [/-----BEGIN [\s\S]*/g, REDACTED],
  // An address keeps its place and loses who asks and what for.
  [/\b([a-z][a-z0-9+.-]{1,30}:\/\/)[^\s/?#"'<>]*@/gi, `$1${REDACTED}@`],
  [/\b(hooks\.slack\.com|discord(?:app)?\.com\/api|api\.telegram\.org)\/[^\s"'<>]+/gi, `$1/${REDACTED}`],
  [/[?#][\w.~%-]{1,100}=[^\s"'<>]*/g, `?${REDACTED}`],
  [/[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b/gi, "[mail address]"],
  // Behind a telling name goes all that is left of its line.
  [new RegExp(NAMED, "gi"), `$1${REDACTED}`],
  [/\b(bearer|basic|negotiate|apikey)\s+[^\r\n]+/gi, `$1 ${REDACTED}`],
  [/\b(?:(?:AKIA|ASIA)[A-Z0-9]{12,}|sk-[\w-]{12,})/g, REDACTED],
  // As long as a key, with letters and digits, and none of our own ids.
  [
    new RegExp(`(?<!\\w)(?!${OWN_ID})(?=[\\w+=.-]{0,60}\\d)(?=[\\w+=.-]{0,60}[a-z])[\\w+=-]{16,}(?:[./][\\w+=-]{8,})*`, "gi"),
    REDACTED,
  ],
  [/\d(?:[ -]?\d){11,18}/g, REDACTED],
];

/** The text without secrets, mail addresses and the queries of addresses. */
export function scrubbed(text: string, charactersMax = LONGEST): string {
  return PASSES.reduce((clean, [shape, instead]) => clean.replace(shape, instead), text.slice(0, charactersMax));
}
