/** What this browser remembers of an upload that was not finished, so that a reload costs nothing. */
import { RefusedError } from "@/api/errors";
import { readUpload } from "@/api/media";

const KEY = "donecast.unfinished-upload";

export interface KeptUpload {
  /** The address of the upload on the server. */
  url: string;
  fileName: string;
  fileBytes: number;
}

function isKept(value: unknown): value is KeptUpload {
  if (typeof value !== "object" || value === null) return false;
  const kept = value as Record<string, unknown>;
  return typeof kept.url === "string" && typeof kept.fileName === "string" && typeof kept.fileBytes === "number";
}

export function keepUpload(upload: KeptUpload): void {
  localStorage.setItem(KEY, JSON.stringify(upload));
}

export function forgetUpload(): void {
  localStorage.removeItem(KEY);
}

export function keptUpload(): KeptUpload | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return isKept(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export const isSameFile = (kept: KeptUpload, file: Pick<File, "name" | "size">): boolean =>
  kept.fileName === file.name && kept.fileBytes === file.size;

export interface Unfinished {
  kept: KeptUpload;
  percent: number;
}

/** Asks the server how much of the kept upload it still has. Nothing there, or all of it: nothing to resume. */
export async function findUnfinished(): Promise<Unfinished | null> {
  const kept = keptUpload();
  if (kept === null) return null;
  const id = kept.url.split("/").filter(Boolean).at(-1) ?? "";
  try {
    const state = await readUpload(id);
    if (state.media_id === null && state.offset < state.length) {
      return { kept, percent: Math.floor((100 * state.offset) / state.length) };
    }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
  }
  forgetUpload();
  return null;
}

export const resumeSentence = ({ kept, percent }: Unfinished): string =>
  `We still have ${percent}% of ${kept.fileName}. Choose the same file to go on.`;
