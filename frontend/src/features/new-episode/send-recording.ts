/** Sends one file in pieces that survive a lost line, a restarted server and a reload of the page. */
import { DetailedError, Upload } from "tus-js-client";

import { csrfHeaders } from "@/api/client";
import { errorFromResponse, isRefusedForGood, UnreachableError } from "@/api/errors";

import { forgetUpload, isSameFile, keepUpload, keptUpload } from "./kept-upload";

/** 8 MB: under the body limits of usual reverse proxies, and cheap to send again. */
export const PIECE_BYTES = 8 * 1024 * 1024;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

export interface Sending {
  onSent: (sentBytes: number) => void;
  onArrived: (mediaId: string) => void;
  onFailed: (error: Error) => void;
}

/** Starts or continues sending. Calling it again with the same file goes on where the last piece ended. */
export function sendRecording(file: File, { onSent, onArrived, onFailed }: Sending): Upload {
  const kept = keptUpload();
  let mediaId: string | undefined;
  const upload = new Upload(file, {
    endpoint: "/api/uploads",
    uploadUrl: kept !== null && isSameFile(kept, file) ? kept.url : null,
    chunkSize: PIECE_BYTES,
    retryDelays: RETRY_MS,
    storeFingerprintForResuming: false,
    metadata: { filename: file.name, name: file.name, category: "recording", filetype: file.type },
    onBeforeRequest(request) {
      for (const [name, value] of Object.entries(csrfHeaders())) request.setHeader(name, value);
    },
    onAfterResponse(_request, response) {
      mediaId = response.getHeader("Donecast-Media-Id") ?? mediaId;
    },
    onUploadUrlAvailable() {
      if (upload.url) keepUpload({ url: upload.url, fileName: file.name, fileBytes: file.size });
    },
    onProgress: (sentBytes) => onSent(sentBytes),
    onSuccess() {
      forgetUpload();
      if (mediaId) onArrived(mediaId);
      else onFailed(new UnreachableError());
    },
    onError(error) {
      const found = whatWentWrong(error);
      if (isRefusedForGood(found)) forgetUpload(); // the server has thrown away what had arrived
      onFailed(found);
    },
  });
  upload.start();
  return upload;
}

/** The server's own words where it answered. */
function whatWentWrong(error: Error): Error {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response === null) return new UnreachableError(error);
  return errorFromResponse(response.getStatus(), parsed(response.getBody()));
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return null; // a proxy's page
    throw error;
  }
}
