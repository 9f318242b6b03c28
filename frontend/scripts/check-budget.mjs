// Fails when the built studio grows past its budget: gzip kilobytes of JavaScript, first load and per screen.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const SHARED_KB_MAX = 135;
const SCREEN_KB_MAX = 45;

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));

/** A chunk and everything it imports at once. */
function closure(key, found = new Set()) {
  if (!found.has(key)) {
    found.add(key);
    for (const next of manifest[key].imports ?? []) closure(next, found);
  }
  return found;
}

const kilobytes = (keys) =>
  [...keys].reduce((sum, key) => sum + gzipSync(readFileSync(dist + manifest[key].file)).length, 0) / 1000;

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const shared = closure(entry);
const rows = [["shared, with the shell", kilobytes(shared), SHARED_KB_MAX]];
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry) continue;
  rows.push([chunk.name, kilobytes([...closure(key)].filter((one) => !shared.has(one))), SCREEN_KB_MAX]);
}

let over = false;
for (const [name, size, most] of rows) {
  over ||= size > most;
  process.stdout.write(`${size > most ? "over" : "ok  "}  ${size.toFixed(1).padStart(6)} of ${most} kB  ${name}\n`);
}
// Whoever reports no errors to Sentry must not load its SDK.
const sentry = Object.keys(manifest).find((key) => manifest[key].name === "sentry-door");
if (sentry === undefined || shared.has(sentry)) {
  process.stderr.write("the way to Sentry is no part of its own\n");
  over = true;
}
process.exit(over ? 1 : 0);
