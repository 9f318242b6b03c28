/** A recording's waveform, as the server keeps it: audiowaveform's binary data, version 2, 8 bits, one channel. */

export interface Peaks {
  perSecond: number;
  /** The lowest and the highest sample of each step in turn, from -128 to 127. */
  extremes: Int8Array;
}

const HEADER_BYTES = 24;
const EIGHT_BITS = 1;

/** Throws a RangeError for anything else than such a file. */
export function readPeaks(file: ArrayBuffer): Peaks {
  const header = new DataView(file);
  const [version, flags] = [header.getInt32(0, true), header.getUint32(4, true)];
  const [rate, samplesPerStep, steps] = [header.getInt32(8, true), header.getInt32(12, true), header.getUint32(16, true)];
  if (version !== 2 || flags !== EIGHT_BITS || samplesPerStep <= 0 || file.byteLength < HEADER_BYTES + 2 * steps) {
    throw new RangeError("This is no waveform that the studio can draw.");
  }
  return { perSecond: rate / samplesPerStep, extremes: new Int8Array(file, HEADER_BYTES, 2 * steps) };
}
