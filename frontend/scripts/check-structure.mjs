// The shape of the studio, executed: api <- shared <- features <- app, no feature reaches into another, no barrels,
// kebab-case names, screens short enough to read.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const LINES_MAX = { ".tsx": 250, ".ts": 400 };
const LAYERS = ["api", "shared", "features", "app"];

const source = fileURLToPath(new URL("../src", import.meta.url));
const faults = [];

const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => relative(source, join(entry.parentPath, entry.name)));

const layerOf = (path) => LAYERS.indexOf(path.split("/")[0]);
const featureOf = (path) => (path.startsWith("features/") ? path.split("/")[1] : null);
const isTest = (path) => /\.test\.tsx?$/.test(path) || path.startsWith("testing/");

for (const file of files) {
  if (file === "api/schema.d.ts") continue;
  const text = readFileSync(join(source, file), "utf8");
  const fault = (what) => faults.push(`src/${file}: ${what}`);
  const name = file.split("/").at(-1);

  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.tsx?$/.test(name)) fault("the name is not in kebab-case");
  if (/^index\.tsx?$/.test(name) || /^export \* from/m.test(text)) fault("a barrel hides where things live");
  const lines = text.split("\n").length - 1;
  const most = LINES_MAX[name.slice(name.lastIndexOf("."))];
  if (lines > most) fault(`${lines} lines, at most ${most}`);

  for (const [, target] of text.matchAll(/(?:from|import\()\s*"([@.][^"]*)"/g)) {
    if (!target.startsWith("@/") && !target.startsWith(".")) continue;
    const path = target.startsWith("@/") ? target.slice(2) : relative(source, resolve(source, dirname(file), target));
    if (isTest(file)) continue;
    if (layerOf(file) >= 0 && layerOf(path) > layerOf(file)) fault(`imports ${path}, which stands above it`);
    if (path.startsWith("testing/")) fault(`imports ${path}, which is for tests`);
    const [own, other] = [featureOf(file), featureOf(path)];
    if (own && other && own !== other) fault(`imports ${path}, which is another feature's`);
  }
}

for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(`${files.length} files looked at, ${faults.length} faults\n`);
process.exit(faults.length > 0 ? 1 : 0);
