/** The place for a recording: drop it here, or choose it with a button. */
import { clsx } from "clsx";
import { FileAudio, FolderOpen } from "lucide-react";
import { type DragEvent, useEffect, useRef, useState } from "react";

import { Button } from "@/shared/ui/button";
import { ErrorCard } from "@/shared/ui/error-card";

import { findUnfinished, forgetUpload, resumeSentence, type Unfinished } from "./kept-upload";

export function DropZone({ onFile }: { onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [unfinished, setUnfinished] = useState<Unfinished | null>(null);
  const [lookFailed, setLookFailed] = useState<unknown>(null);

  useEffect(() => {
    findUnfinished().then(setUnfinished, setLookFailed);
  }, []);

  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file) onFile(file);
  };
  const drag = (event: DragEvent, entering: boolean) => {
    event.preventDefault();
    setOver(entering);
  };

  return (
    <div
      onDragEnter={(event) => drag(event, true)}
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
      onDrop={(event) => {
        drag(event, false);
        take(event.dataTransfer.files);
      }}
      className={clsx(
        "flex flex-col items-center gap-4 rounded-panel border-2 border-dashed px-6 py-10 text-center",
        over ? "border-pine bg-pine-wash" : "border-edge bg-card",
      )}
    >
      <FileAudio aria-hidden className="size-10 text-pine" />
      {unfinished ? (
        <p className="max-w-sm font-semibold break-words">{resumeSentence(unfinished)}</p>
      ) : (
        <div>
          <p className="font-reading text-large font-semibold">Drop your recording here</p>
          <p className="mt-1 text-soft">MP3, WAV, FLAC, M4A, OGG. The original is kept as it is.</p>
        </div>
      )}
      {lookFailed ? <ErrorCard error={lookFailed} heading="We could not look for an unfinished upload." /> : null}
      <Button weight="main" icon={FolderOpen} onClick={() => input.current?.click()}>
        {unfinished ? "Choose the same file" : "Choose a file"}
      </Button>
      {unfinished ? (
        <Button
          weight="quiet"
          onClick={() => {
            forgetUpload();
            setUnfinished(null);
          }}
        >
          Start with another recording
        </Button>
      ) : null}
      <input
        ref={input}
        type="file"
        accept="audio/*,.mp3,.wav,.flac,.m4a,.ogg,.opus,.aac,.aif,.aiff"
        aria-label="Recording"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => take(event.target.files)}
      />
    </div>
  );
}
