/**
 * Entropy-coded data without its byte stuffing, a window at a time.
 *
 * Decoders read bits by position: the 32-bit word at byte `bit >>> 3`, shifted left by `bit & 7`, has at least 25 valid
 * bits, and no test for 0xFF stands in their loops. Past the end of the data the window holds zeros, which is what
 * libjpeg feeds a decoder that has run out of data (`jpeg_fill_bit_buffer` in jdhuff.c).
 *
 * @module
 */
import { EOI, findMarker, isRestartMarker, RST0, SOF0, type Stream } from "./markers.ts";
import { warnOfDamage } from "./warnings.ts";

/** Bytes of data in a window. Large against an MCU, small against caches. */
const WINDOW_BYTES = 32 * 1024;

/**
 * No MCU is longer: 10 blocks of 64 symbols of at most 16 + 15 bits are 2,480 bytes (and a read takes 4 bytes at once).
 * So a decoder that asks for more data between MCUs never reads beyond the window.
 */
const MOST_MCU_BYTES = 2560;

/** Bytes behind a 0xFF that are copied one by one. A file may be hostile, and have no longer stretches. */
const SHORT_RUN = 8;

/** Position in the entropy-coded data of a scan. */
export interface BitSource {
  readonly stream: Stream;
  /** Unstuffed bytes. */
  readonly window: Uint8Array;
  readonly view: DataView;
  /** Position of the next bit in the window. */
  bit: number;
  /** Bits of the window that are data. */
  bitEnd: number;
  /** From here on, {@link refill} must be called before an MCU is read. */
  refillAt: number;
  /** The code of the marker that ended the data, EOI at the end of the file; 0 while none was met. */
  marker: number;
  /** Data ran out: MCUs are left as they are until the next restart marker. */
  exhausted: boolean;
  /** Number of the restart marker that comes next, 0 to 7. */
  nextRestart: number;
}

/** A source for scans of a stream. */
export function createBitSource(stream: Stream): BitSource {
  const window = new Uint8Array(WINDOW_BYTES + MOST_MCU_BYTES);
  return {
    stream,
    window,
    view: new DataView(window.buffer),
    bit: 0,
    bitEnd: 0,
    refillAt: 0,
    marker: 0,
    exhausted: false,
    nextRestart: 0,
  };
}

/** Starts at the stream's position, which is that after a scan header. */
export function startScan(source: BitSource): void {
  source.exhausted = false;
  source.nextRestart = 0;
  startSegment(source);
}

function startSegment(source: BitSource): void {
  source.bit = 0;
  source.bitEnd = 0;
  source.marker = 0;
  refill(source);
}

/** Brings the bits from `source.bit` on to the front of the window, and as many more as fit behind them. */
export function refill(source: BitSource): void {
  const { stream, window } = source;
  const { bytes } = stream;
  const from = source.bit >>> 3;
  let filled = source.bitEnd >>> 3;
  window.copyWithin(0, from, filled);
  filled -= from;
  source.bit &= 7;
  let at = stream.position;
  let run = 0;
  while (filled < WINDOW_BYTES) {
    if (at >= bytes.length) {
      source.marker = EOI;
      break;
    }
    if (bytes[at] !== 0xff) {
      if (run++ < SHORT_RUN) {
        window[filled++] = bytes[at++];
        continue;
      }
      // Few bytes are 0xFF, one in 256 of what looks random: what lies between is copied at once.
      const ahead = bytes.subarray(at, at + WINDOW_BYTES - filled);
      const plain = ahead.indexOf(0xff);
      const copied = plain < 0 ? ahead : ahead.subarray(0, plain);
      window.set(copied, filled);
      filled += copied.length;
      at += copied.length;
      continue;
    }
    run = 0;
    at++;
    // Any number of 0xFF may come before the code that tells data (0) from a marker.
    while (bytes[at] === 0xff) at++;
    if (bytes[at] !== 0) {
      source.marker = at < bytes.length ? bytes[at] : EOI;
      at--;
      break;
    }
    at++;
    window[filled++] = 0xff;
  }
  stream.position = at;
  source.bitEnd = filled * 8;
  source.refillAt = source.marker === 0 ? source.bitEnd - MOST_MCU_BYTES * 8 : Infinity;
  if (source.marker !== 0) window.fill(0, filled, filled + MOST_MCU_BYTES);
}

/** Notes whether the MCU just read took more bits than there were. */
export function checkExhausted(source: BitSource): void {
  if (source.bit <= source.bitEnd || source.exhausted) return;
  source.exhausted = true;
  warnOfDamage(source.stream.warnings, "premature end of entropy-coded data");
}

/**
 * Whether no MCU of this scan can be read any more.
 *
 * @param restarts - whether the scan has restart markers, one of which may still come
 */
export function isAtEnd(source: BitSource, restarts: boolean): boolean {
  const { marker } = source;
  return source.exhausted && (!restarts || (marker >= SOF0 && !isRestartMarker(marker)));
}

/**
 * Goes on behind the next restart marker, or does what libjpeg does if another marker comes (`process_restart` in jdhuff.c,
 * `jpeg_resync_to_restart` in jdmarker.c). Predictions are the caller's to reset.
 */
export function restart(source: BitSource): void {
  const expected = source.nextRestart;
  source.nextRestart = (expected + 1) & 7;
  if (source.marker === 0) toNextMarker(source);
  warnOfUnread(source);
  if (source.marker === RST0 + expected) passMarker(source);
  else resync(source, expected);
  if (source.marker === 0) {
    source.exhausted = false;
    startSegment(source);
    return;
  }
  // The marker is kept for later; until then there is no data.
  source.bit = 0;
  source.bitEnd = 0;
  source.refillAt = Infinity;
  source.window.fill(0, 0, MOST_MCU_BYTES);
}

/** Passes markers that libjpeg would pass; any other is left in `marker`. */
function resync(source: BitSource, expected: number): void {
  const found = `0x${source.marker.toString(16)}`;
  warnOfDamage(source.stream.warnings, `marker ${found} where RST${expected} was expected`);
  for (;;) {
    const { marker } = source;
    if (isRestartMarker(marker)) {
      const ahead = (marker - RST0 - expected) & 7;
      // One of the next two: the expected one was lost, its data count as missing.
      if (ahead === 1 || ahead === 2) return;
      // Neither one of the last two: too far away to make sense of, go on with what follows.
      if (ahead < 6) {
        passMarker(source);
        return;
      }
    } else if (marker >= SOF0) return;
    passMarker(source);
    toNextMarker(source);
  }
}

function passMarker(source: BitSource): void {
  source.marker = 0;
  source.stream.position += 2;
}

/** Moves to the next marker, dropping what is before it. */
function toNextMarker(source: BitSource): void {
  const { stream } = source;
  const at = findMarker(stream.bytes, stream.position);
  if (at !== stream.position) warnOfDamage(stream.warnings, "extraneous bytes in entropy-coded data");
  source.marker = at < 0 ? EOI : stream.bytes[at + 1];
  stream.position = at < 0 ? stream.bytes.length : at;
}

/** Ends a scan. The stream's position is that of the marker behind it, or of data that were left unread. */
export function finishScan(source: BitSource): void {
  warnOfUnread(source);
}

function warnOfUnread(source: BitSource): void {
  if (source.bitEnd - source.bit < 8) return;
  warnOfDamage(source.stream.warnings, "extraneous bytes in entropy-coded data");
}
