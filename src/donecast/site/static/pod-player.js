// The player for public pages: takes the plain <audio controls> inside it and gives it large, named controls.
// Without this script the page keeps the browser's own player, and every time is still a link.

const SPEEDS = [1, 1.25, 1.5, 1.75, 2, 0.8];
const SKIP_SECONDS = 15;
const ICONS = { play: "M6 3v18l16-9z", pause: "M5 3h5v18H5zM14 3h5v18h-5z" };

function clockTime(seconds) {
  const whole = Math.floor(seconds);
  const pad = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return (hours ? `${hours}:${pad(minutes)}` : `${minutes}`) + `:${pad(whole % 60)}`;
}

function spokenTime(seconds) {
  const whole = Math.floor(seconds);
  const units = [[Math.floor(whole / 3600), "hour"], [Math.floor(whole / 60) % 60, "minute"], [whole % 60, "second"]];
  const parts = units.filter(([number]) => number).map(([number, unit]) => `${number} ${unit}${number > 1 ? "s" : ""}`);
  return parts.join(" ") || "the start";
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

class PodPlayer extends HTMLElement {
  connectedCallback() {
    this.audio = this.querySelector("audio");
    if (!this.audio || this.classList.contains("ready")) return;
    this.duration = Number(this.dataset.durationMs) / 1000;
    this.pending = null;
    this.build();
    this.listen();
    this.classList.add("ready");
    this.audio.controls = false;
    const start = /^#t=(\d+)$/.exec(location.hash);
    if (start) this.seek(Number(start[1]));
    this.show();
  }

  build() {
    this.playButton = element("button", { type: "button", className: "play" });
    this.back = element("button", { type: "button", textContent: `Back ${SKIP_SECONDS} s` });
    this.ahead = element("button", { type: "button", textContent: `Ahead ${SKIP_SECONDS} s` });
    this.slider = element("input", { type: "range", min: 0, max: Math.floor(this.duration), value: 0 });
    this.slider.step = this.duration > 300 ? 5 : 1;
    this.slider.setAttribute("aria-label", "Position in the episode");
    this.clock = element("span", { className: "clock" });
    this.clock.setAttribute("aria-hidden", "true"); // the slider says the same
    this.speedButton = element("button", { type: "button" });
    this.state = element("p", { className: "state" });
    this.state.setAttribute("role", "status");
    this.more = element("div", { className: "more" });
    this.more.append(this.back, this.ahead, this.speedButton);
    this.append(this.playButton, this.slider, this.clock, this.more);
    if (this.querySelector("track")) this.buildCaptions();
    this.append(this.state);
    this.showSpeed();
  }

  buildCaptions() {
    const button = element("button", { type: "button", textContent: "Captions" });
    const line = element("p", { className: "state" });
    const track = this.audio.textTracks[0];
    const toggle = (on) => {
      button.setAttribute("aria-pressed", on);
      track.mode = on ? "hidden" : "disabled"; // an audio element draws nothing by itself
      if (!on) line.textContent = "";
    };
    track.addEventListener("cuechange", () => {
      const texts = Array.from(track.activeCues ?? [], (cue) => cue.getCueAsHTML().textContent);
      line.textContent = texts.join("\n");
    });
    button.addEventListener("click", () => toggle(track.mode === "disabled"));
    toggle(false);
    this.more.append(button);
    this.append(line);
  }

  listen() {
    const audio = this.audio;
    this.playButton.addEventListener("click", () => (audio.paused ? this.play() : audio.pause()));
    this.back.addEventListener("click", () => this.seek(this.now() - SKIP_SECONDS));
    this.ahead.addEventListener("click", () => this.seek(this.now() + SKIP_SECONDS));
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.speedButton.addEventListener("click", () => {
      audio.defaultPlaybackRate = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
      audio.playbackRate = audio.defaultPlaybackRate;
    });
    audio.addEventListener("ratechange", () => this.showSpeed());
    audio.addEventListener("loadedmetadata", () => {
      if (Number.isFinite(audio.duration)) this.duration = audio.duration;
      if (this.pending !== null) audio.currentTime = this.pending;
      this.pending = null;
    });
    for (const name of ["play", "pause", "timeupdate", "seeked", "ended"]) {
      audio.addEventListener(name, () => this.show());
    }
    audio.addEventListener("playing", () => (this.state.textContent = ""));
    audio.addEventListener("error", () => {
      this.state.textContent = "The audio could not be loaded. Check your connection and press play again.";
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[data-at-ms]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.seek(Number(link.dataset.atMs) / 1000);
      this.play();
    });
  }

  now() {
    return this.pending ?? this.audio.currentTime;
  }

  async play() {
    if (this.audio.error) this.audio.load();
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name !== "AbortError") this.show(); // the error event says the rest
    }
  }

  // Nothing is loaded before the first play, so a place chosen earlier waits until the audio is known.
  seek(seconds) {
    const place = Math.min(Math.max(0, seconds), Math.max(0, this.duration - 0.1));
    if (this.audio.readyState) this.audio.currentTime = place;
    else this.pending = place;
    this.show();
  }

  show() {
    const paused = this.audio.paused;
    if (this.shownPaused !== paused) {
      this.shownPaused = paused;
      this.playButton.setAttribute("aria-label", paused ? "Play" : "Pause");
      this.playButton.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[paused ? "play" : "pause"]}"/></svg>`;
    }
    const now = this.now();
    this.slider.value = now;
    this.slider.setAttribute("aria-valuetext", `${spokenTime(now)} of ${spokenTime(this.duration)}`);
    this.clock.textContent = `${clockTime(now)} / ${clockTime(this.duration)}`;
    this.showChapter(now);
  }

  showChapter(now) {
    let current = null;
    const lines = document.querySelectorAll(".chapters a[data-at-ms]");
    const started = now > 0 || !this.audio.paused;
    for (const line of lines) if (started && Number(line.dataset.atMs) <= now * 1000) current = line;
    for (const line of lines) {
      if (line === current) line.parentElement.setAttribute("aria-current", "true");
      else line.parentElement.removeAttribute("aria-current");
    }
  }

  showSpeed() {
    const speed = this.audio.playbackRate;
    this.speedButton.textContent = `${speed}×`;
    this.speedButton.setAttribute("aria-label", `Speed ${speed}×`);
  }
}

class CopyButton extends HTMLElement {
  connectedCallback() {
    const source = document.getElementById(this.getAttribute("for"));
    if (!source || !navigator.clipboard || this.firstChild) return;
    const button = element("button", { type: "button", textContent: "Copy the feed address" });
    const state = element("span", {});
    state.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.textContent);
        state.textContent = " Copied.";
      } catch {
        state.textContent = " Your browser did not allow it. Please copy the address by hand.";
      }
    });
    this.append(button, state);
  }
}

customElements.define("pod-player", PodPlayer);
customElements.define("copy-button", CopyButton);
