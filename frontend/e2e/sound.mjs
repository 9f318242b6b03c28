// What the browser makes of finished audio files: how long its audio element says they are, whether it goes to each
// chapter, and what it decodes.
//
//   node e2e/sound.mjs RATE URL[#START_MS,START_MS...] ...
//
// Prints a JSON list, one entry a file; `left` is the first channel as base64 of 32-bit floats.
import { openBrowser } from "./browser.mjs";

const [rate, ...files] = process.argv.slice(2);
const browser = await openBrowser();
const page = await browser.newPage();
await page.goto(new URL("/", files[0]).href);

const heard = [];
for (const file of files) {
  const [url, starts] = file.split("#");
  const wish = { url, rate: Number(rate), startsMs: starts ? starts.split(",").map(Number) : [] };
  heard.push(
    await page.evaluate(async ({ url, rate, startsMs }) => {
      const audio = new Audio();
      const until = (name) =>
        new Promise((resolve, reject) => {
          audio.addEventListener(name, resolve, { once: true });
          audio.addEventListener("error", () => reject(new Error(audio.error?.message ?? "no reason")), { once: true });
        });
      audio.src = url;
      await until("loadedmetadata");
      const wentTo = [];
      for (const startMs of startsMs) {
        audio.currentTime = startMs / 1000;
        await until("seeked");
        wentTo.push(audio.currentTime * 1000);
      }
      const data = await (await fetch(url)).arrayBuffer();
      const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(data);
      const bytes = new Uint8Array(sound.getChannelData(0).buffer);
      let text = "";
      for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
      return { duration: audio.duration, wentTo, frames: sound.length, channels: sound.numberOfChannels, left: btoa(text) };
    }, wish),
  );
}
await browser.close();
console.log(JSON.stringify(heard));
