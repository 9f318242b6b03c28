/** The server's shapes under the names the studio uses. Only this file knows what the schema calls them. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Show = Schemas["Show"];
export type ShowPatch = Schemas["ShowPatch"];
export type ShowCreate = Schemas["ShowCreate"];
export type Template = Schemas["Template"];
export type Media = Schemas["Media"];
export type Episode = Schemas["Episode"];
export type EpisodePatch = Schemas["EpisodePatch"];
export type PublishWhen = Episode["publish_when"];
export type Operation = Schemas["Operation"];
export type OperationStep = Schemas["OperationStep"];
export type Words = Schemas["Words"];
export type Word = Schemas["Word"];
export type Proposal = Schemas["Proposal"];
export type ProposalKind = Proposal["kind"];
export type Decision = "cut" | "keep";
export type EditList = Schemas["EditList"];
