/** A made-up show with its people, words and work. Each takes what a test cares about and fills the rest. */
import type {
  Draft,
  Engine,
  Engines,
  Episode,
  Intern,
  Me,
  Media,
  MinutePrices,
  Month,
  Operation,
  OperationStep,
  Proposal,
  Quote,
  Show,
  SoundCue,
  Standing,
  Usage,
  Voice,
  Word,
  Words,
} from "@/api/types";

export const madeMe = (role: Me["account"]["role"] = "user"): Me => ({
  account: { id: "acc_1", email: "margaret@example.org", name: "Margaret Hale", role },
  csrf_token: "csrf-1",
});

export const madeShow = (over: Partial<Show> = {}): Show => ({
  id: "show_1",
  slug: "the-allotment-hour",
  title: "The Allotment Hour",
  description: "Two neighbours, one plot.",
  language: "en",
  category: "Leisure",
  subcategory: "Home & Garden",
  author: "Margaret Hale",
  owner_name: "Margaret Hale",
  owner_email: "margaret@example.org",
  explicit: false,
  kind: "episodic",
  website: null,
  copyright: null,
  cover_url: "/covers/med_9.jpg",
  feed_url: "/shows/the-allotment-hour/feed.xml",
  page_url: "/shows/the-allotment-hour",
  podcast_guid: "917393e3-1b1e-5cef-ace4-edaa54e1f810",
  locked: true,
  time_zone: "Europe/London",
  slot: { weekday: 3, time: "07:00" },
  noise_reduction: false,
  levelling: false,
  de_essing: false,
  cleanup: {
    flubber_keyword: "flubber",
    flubber_exponent: -5,
    choices: { flubber: "cut", filler: "cut", long_pause: "cut", repeat: "ask", censor: "cut" },
    censored: [],
    cover_with: "beep",
  },
  transcriber: null,
  voice: null,
  next_slot_at: "2026-11-26T07:00:00Z",
  created_at: "2026-11-01T10:00:00Z",
  ...over,
});

export const madeRendition = (
  over: Partial<NonNullable<Episode["rendition"]>> = {},
): NonNullable<Episode["rendition"]> => ({
  id: "rend_1",
  url: "/listen/ep_1/rend_1/a-greenhouse.mp3",
  duration_ms: 612_000,
  length_bytes: 9_800_000,
  loudness_lufs: -16.1,
  true_peak_dbtp: -1.4,
  edit_list_version: 3,
  outdated: false,
  ...over,
});

export const madeEpisode = (over: Partial<Episode> = {}): Episode => ({
  id: "ep_1",
  show_id: "show_1",
  recording_id: "med_1",
  template_id: null,
  title: "A greenhouse for forty pounds",
  notes: "",
  season: null,
  number: 42,
  kind: "full",
  explicit: null,
  slug: "a-greenhouse-for-forty-pounds",
  guid: "guid-1",
  state: "draft",
  published_at: null,
  publish_when: "not_yet",
  page_url: "/shows/the-allotment-hour/a-greenhouse-for-forty-pounds",
  transcript: null,
  captions_public: false,
  transcriber: null,
  voice: null,
  speaker_names: {},
  edit_list_version: 3,
  operation_id: null,
  rendition: null,
  created_at: "2026-11-20T10:00:00Z",
  updated_at: "2026-11-20T10:00:00Z",
  ...over,
});

export const madeMedia = (over: Partial<Media> = {}): Media => ({
  id: "med_1",
  category: "recording",
  name: "interview.wav",
  state: "ready",
  bytes: 1_000,
  container: "wav",
  codec: "pcm_s16le",
  sample_rate: 44_100,
  channels: 1,
  duration_ms: 600_000,
  loudness_lufs: -20,
  true_peak_dbtp: -3,
  noise_floor_db: -60,
  created_at: "2026-11-20T10:00:00Z",
  problem: null,
  ...over,
});

const STEPS: readonly [OperationStep["name"], string][] = [
  ["check", "Checking the recording"],
  ["transcribe", "Writing out the words"],
  ["propose", "Looking for slips and long pauses"],
  ["speak", "Speaking the intro and outro"],
  ["assemble", "Putting the episode together"],
  ["tag", "Adding title, chapters and cover"],
  ["publish", "Publishing"],
];

/** Work that has come as far as `at`, with every step before it done. */
export function madeOperation(at: OperationStep["name"] | "end", over: Partial<Operation> = {}): Operation {
  const reached = at === "end" ? STEPS.length : STEPS.findIndex(([name]) => name === at);
  return {
    id: "op_1",
    episode_id: "ep_1",
    state: at === "end" ? "done" : "running",
    steps: STEPS.map(([name, title], index) => ({
      name,
      title,
      state: index < reached ? "done" : index === reached ? "running" : "waiting",
      percent: null,
      detail: null,
      runs: index <= reached ? 1 : 0,
    })),
    error: null,
    created_at: "2026-11-20T10:00:00Z",
    updated_at: "2026-11-20T10:00:00Z",
    ...over,
  };
}

/** One word each 500 ms, 400 ms long, from a plain sentence. */
export function madeWords(sentence: string, over: Partial<Word> = {}): Word[] {
  return sentence.split(" ").map((text, id) => ({
    id,
    text,
    start_ms: id * 500,
    end_ms: id * 500 + 400,
    confidence: 0.9,
    speaker: null,
    kind: "word",
    timing: "engine",
    ...over,
  }));
}

export const madeTranscript = (words: Word[], over: Partial<Words> = {}): Words => ({
  duration_ms: (words.at(-1)?.end_ms ?? 0) + 1_000,
  language: "en",
  quality: "basic",
  fillers: "guessed",
  words,
  ...over,
});

export const madeProposal = (over: Partial<Proposal> & Pick<Proposal, "id" | "kind" | "start_ms" | "end_ms">): Proposal => ({
  found_start_ms: over.start_ms,
  found_end_ms: over.end_ms,
  reason: "A reason.",
  confidence: 0.9,
  automatic: false,
  decision: null,
  decided_by: null,
  cut: false,
  cover: null,
  sound: null,
  ...over,
});

export const madeSoundCue = (over: Partial<SoundCue> = {}): SoundCue => ({
  id: "cue_1",
  words: "applause please",
  clip_id: "med_7",
  clip_name: "clap",
  clip_duration_ms: 2_000,
  gain_db: 0,
  by_itself: true,
  ...over,
});

export const madeIntern = (over: Partial<Intern> = {}): Intern => ({
  id: "intern_1",
  start_ms: 1_000,
  keyword_end_ms: 1_300,
  end_ms: 2_000,
  answer_at_ms: 2_000,
  request: "who built it",
  target: "spoken",
  other_ends_ms: [],
  reason: "You said \"intern\" and asked for something; you ended it yourself",
  sure: true,
  state: "detected",
  answer: null,
  suggestion: null,
  source: null,
  draft_id: null,
  ...over,
});

export const madeDraft = (over: Partial<Draft> = {}): Draft => ({
  id: "dr_1",
  kind: "titles",
  status: "proposed",
  texts: ["Rain", "Beans", "Rain and beans"],
  chapters: [],
  reason: null,
  reason_message: null,
  engine: "openai",
  model: "a-model",
  source: "Written by a model",
  input_tokens: 900,
  output_tokens: 60,
  cost_micros: 1_200,
  currency: "USD",
  accepted_text: null,
  created_at: "2026-11-20T10:00:00Z",
  decided_at: null,
  ...over,
});

/** Free, with 64 of 90 credits left. */
export const madeStanding = (over: Partial<Standing> = {}): Standing => ({
  tier_id: "free",
  tier_name: "Free",
  period_start: "2026-11-01T00:00:00Z",
  period_end: "2026-12-01T00:00:00Z",
  allowance: "90.000",
  available: "64.000",
  held: "0.000",
  minutes_left: "42.666",
  storage_debt: null,
  uploads_stopped: false,
  ...over,
});

export const madeUsage = (over: Partial<Usage> = {}): Usage => ({
  processing_minutes_used_this_month: 17.333,
  max_processing_minutes_month: 60,
  credits_used_this_month: 26,
  max_credits_month: 90,
  credits_remaining: 64,
  breakdown_by_action: { TRANSCRIPTION: 15, TTS_GENERATION: 1, ASSEMBLY: 10, STORAGE: 0, AUPHONIC_PROCESSING: 0 },
  recent_charges: [],
  ...over,
});

export const madeMonth = (over: Partial<Month> = {}): Month => ({
  period_start: "2026-11-01T00:00:00Z",
  period_end: "2026-12-01T00:00:00Z",
  used_by_day: ["0.000", "0.000", "26.000"],
  last_episode: { id: "ep_1", credits: "26.000" },
  enough_for: 2,
  ...over,
});

export const madePrices = (over: Partial<MinutePrices> = {}): MinutePrices => ({
  transcribers: { pocketsphinx: "1.500", whisper: "1.500", assemblyai: "1.500", auphonic: "3.000" },
  voices: { flite: "1.500" },
  transcriber: "1.500",
  example_minutes: 10,
  assembly: "10.000",
  ...over,
});

export const madeQuote = (over: Partial<Quote> = {}): Quote => ({
  lines: [
    { reason: "TRANSCRIPTION", notes: "Transcription (10.0 min, This computer)", credits: "15.000" },
    { reason: "ASSEMBLY", notes: "Episode assembly (10.0 min, Standard)", credits: "10.000" },
  ],
  total: "25.000",
  available: "64.000",
  shortfall: "0.000",
  complete: true,
  ...over,
});

export const madeEngine = (over: Partial<Engine> & Pick<Engine, "id" | "label">): Engine => ({
  good_for: "Good for something.",
  sound_goes: "Your recording stays on the computer that runs this DoneCast.",
  is_elsewhere: false,
  state: "ready",
  remedy: null,
  command: null,
  is_default: false,
  ...over,
});

/** One that is here, one that is not installed, one elsewhere; flite speaks, and Google would with a key. */
export const madeEngines = (over: Partial<Engines> = {}): Engines => ({
  transcribers: [
    madeEngine({ id: "pocketsphinx", label: "Built-in recogniser", is_default: true }),
    madeEngine({
      id: "whisper",
      label: "Whisper",
      state: "not_installed",
      remedy: "The person who runs this DoneCast fetches a model for it:",
      command: "donecast speech install whisper-small",
    }),
    madeEngine({ id: "assemblyai", label: "AssemblyAI", is_elsewhere: true, sound_goes: "Your recording is sent to AssemblyAI." }),
  ],
  synthesizers: [
    madeEngine({ id: "flite", label: "flite", is_default: true }),
    madeEngine({ id: "google", label: "Google", state: "needs_key", remedy: "The person who runs this DoneCast puts a key in." }),
  ],
  ...over,
});

export const madeVoice = (id: string, label: string, over: Partial<Voice> = {}): Voice => ({
  id,
  label,
  language: "en-US",
  licence: "free",
  engine: "flite",
  is_default: false,
  preview_url: null,
  ...over,
});
