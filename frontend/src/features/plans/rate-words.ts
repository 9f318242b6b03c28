/** What each price is for. Pure. */
const WORDS: Record<string, string> = {
  transcription_mc_per_minute: "Writing out the words, a minute",
  speech_mc_per_minute: "Speaking, a minute",
  assembly_mc: "Putting an episode together",
  assembly_mc_per_minute: "… and for each finished minute",
  storage_mc_per_gb_month: "Keeping a gigabyte, a month",
  auphonic_mc_per_minute: "Improving sound by Auphonic alone, a minute",
  legacy_mc_per_minute: "A minute of the earlier count",
  auphonic_thousandths: "With Auphonic, times",
  elevenlabs_thousandths: "With ElevenLabs, times",
  local_thousandths: "By this computer, times",
};

export const rateWords = (name: string): string => WORDS[name] ?? name;
