/** "43 MB", "850 kB": decimal units, as file managers show them. */
export function fileSize(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  if (bytes < 1_000_000_000) return `${Math.round(bytes / 1_000_000)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** "ep60 final.wav" becomes "ep60 final"; underscores become spaces. */
export function titleFromFileName(name: string): string {
  return name
    .replace(/\.[^.]{1,5}$/, "")
    .replace(/[_]+/g, " ")
    .trim();
}
