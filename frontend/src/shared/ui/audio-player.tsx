/** A player with large, named controls. The position is a real slider, so keys and screen readers work. */
import { Pause, Play, RotateCcw, RotateCw } from "lucide-react";
import { type CSSProperties, useEffect, useRef, useState } from "react";

import { clockTime, spokenLength } from "@/shared/lib/format-time";

import { Button } from "./button";

const SPEEDS = [1, 1.25, 1.5, 2] as const;

interface AudioPlayerProps {
  source: string;
  durationMs: number;
  label: string;
}

export function AudioPlayer({ source, durationMs, label }: AudioPlayerProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [positionMs, setPositionMs] = useState(0);
  const [speed, setSpeed] = useState<number>(1);
  const [broken, setBroken] = useState(false);

  useEffect(() => {
    setBroken(false);
    setPositionMs(0);
  }, [source]);

  const seek = (ms: number) => {
    const target = Math.min(durationMs, Math.max(0, ms));
    setPositionMs(target);
    if (audio.current) audio.current.currentTime = target / 1000;
  };

  const toggle = () => {
    const element = audio.current;
    if (element === null) return;
    if (playing) element.pause();
    else element.play().catch(() => setBroken(true));
  };

  const nextSpeed = () => {
    const next = SPEEDS[(SPEEDS.indexOf(speed as (typeof SPEEDS)[number]) + 1) % SPEEDS.length] ?? 1;
    setSpeed(next);
    if (audio.current) audio.current.playbackRate = next;
  };

  return (
    <div role="group" aria-label={label}>
      <audio
        ref={audio}
        src={source}
        preload="metadata"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={(event) => setPositionMs(event.currentTarget.currentTime * 1000)}
        onError={() => setBroken(true)}
      />
      <div className="flex flex-wrap items-center gap-3">
        <Button weight="plain" icon={playing ? Pause : Play} onClick={toggle} className="min-w-28">
          {playing ? "Pause" : "Play"}
        </Button>
        <div className="flex min-w-56 grow basis-64 items-center gap-3">
          <input
            type="range"
            className="seek"
            min={0}
            max={Math.round(durationMs / 1000)}
            step={1}
            value={Math.round(positionMs / 1000)}
            onChange={(event) => seek(event.target.valueAsNumber * 1000)}
            aria-label="Position"
            aria-valuetext={`${spokenLength(positionMs)} of ${spokenLength(durationMs)}`}
            style={{ "--played": `${durationMs ? (positionMs / durationMs) * 100 : 0}%` } as CSSProperties}
          />
          <span className="shrink-0 text-small tabular-nums">
            {clockTime(positionMs)} <span className="text-soft">/ {clockTime(durationMs)}</span>
          </span>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button icon={RotateCcw} onClick={() => seek(positionMs - 10_000)} className="px-3! whitespace-nowrap" aria-label="Back 10 s">
            10 s
          </Button>
          <Button icon={RotateCw} onClick={() => seek(positionMs + 10_000)} className="px-3! whitespace-nowrap" aria-label="Forward 10 s">
            10 s
          </Button>
          <Button onClick={nextSpeed} className="px-3!" aria-label={`Speed ${speed}×`}>
            {speed}×
          </Button>
        </div>
      </div>
      {broken ? (
        <p role="alert" className="mt-2 text-small font-semibold text-cut">
          The sound could not be played just now. Load the page again to try once more.
        </p>
      ) : null}
    </div>
  );
}
