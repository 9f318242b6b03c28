/** The server's shapes under the names the studio uses. Only this file knows what the schema calls them. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["MeOut"];
export type Show = Schemas["ShowOut"];
export type ShowPatch = Schemas["ShowChangeIn"];
export type ShowCreate = Schemas["ShowIn"];
export type Template = Schemas["TemplateOut"];
export type Media = Schemas["MediaOut"];
export type SoundCue = Schemas["SoundCueOut"];
export type SoundCueWish = Schemas["SoundCueIn"];
export type Episode = Schemas["EpisodeOut"];
export type EpisodePatch = Schemas["EpisodeChangeIn"];
export type PublishWhen = Episode["publish_when"];
export type Operation = Schemas["OperationOut"];
export type OperationStep = Schemas["StepOut"];
export type Words = Schemas["WordsOut"];
export type Word = Schemas["WordOut"];
export type Proposal = Schemas["ProposalOut"];
export type ProposalKind = Proposal["kind"];
export type Decision = "cut" | "keep";
export type Draft = Schemas["DraftOut"];
export type DraftKind = Draft["kind"];
export type Intern = Schemas["InternOut"];
export type Engine = Schemas["EngineOut"];
export type Engines = Schemas["EnginesOut"];
export type Voice = Schemas["VoiceOut"];
export type EditList = Schemas["EditListOut"];
export type EditHistory = Schemas["EditHistoryOut"];
