/** A voice is kept with its engine, "flite:slt"; without one it is a voice of the engine that speaks by default. Pure. */
const BETWEEN = ":";

export const fullVoiceName = (voice: string, defaultEngine: string): string =>
  voice.includes(BETWEEN) ? voice : `${defaultEngine}${BETWEEN}${voice}`;

/** Whose voice it is. */
export const engineOfVoice = (fullName: string): string => fullName.slice(0, fullName.indexOf(BETWEEN));

/** What a person may recognise of a voice that is not here any more. */
export const ownVoiceName = (voice: string): string => voice.slice(voice.indexOf(BETWEEN) + 1);
