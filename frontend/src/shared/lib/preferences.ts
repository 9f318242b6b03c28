/** How this person likes to read on this device: theme and size. Kept in the browser, not in the account. */
import { useSyncExternalStore } from "react";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
export const TEXT_PERCENTS = [100, 115, 130] as const;
export type TextPercent = (typeof TEXT_PERCENTS)[number];

export interface Preferences {
  theme: Theme;
  textPercent: TextPercent;
}

const KEY = "donecast.preferences";
const listeners = new Set<() => void>();
let current: Preferences = { theme: "system", textPercent: 100 };

function show({ theme, textPercent }: Preferences): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  root.style.fontSize = textPercent === 100 ? "" : `${textPercent}%`;
}

/** Reads what was chosen before and applies it; anything unreadable counts as not chosen. */
export function loadPreferences(): void {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    current = {
      theme: THEMES.find((theme) => theme === stored.theme) ?? "system",
      textPercent: TEXT_PERCENTS.find((percent) => percent === stored.textPercent) ?? 100,
    };
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof DOMException)) throw error;
  }
  show(current);
}

export function changePreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  localStorage.setItem(KEY, JSON.stringify(current));
  show(current);
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
