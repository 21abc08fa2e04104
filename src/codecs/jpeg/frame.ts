/**
 * Frame and scan headers: SOF and SOS (ITU-T T.81, B.2.2 and B.2.3).
 *
 * @module
 */
import { CodecError } from "../types.ts";
import { broken } from "./tables.ts";

/** The coding processes that are decoded here. */
export type JpegProcess = "baseline" | "extended sequential" | "progressive";

/** One colour component as the frame header declares it. */
interface JpegComponent {
  readonly id: number;
  /** Horizontal sampling factor, 1 to 4. */
  readonly h: number;
  /** Vertical sampling factor, 1 to 4. */
  readonly v: number;
  /** Quantization table slot. */
  readonly quantizer: number;
}

/** A frame header. */
export interface Frame {
  readonly process: JpegProcess;
  readonly width: number;
  /** 0 where a DNL segment after the first scan is to tell. */
  readonly height: number;
  readonly components: readonly JpegComponent[];
  /** Largest horizontal sampling factor. */
  readonly maxH: number;
  /** Largest vertical sampling factor. */
  readonly maxV: number;
}

/** A component's part in a scan. */
interface ScanComponentSpec {
  /** Index into the frame's components. */
  readonly index: number;
  readonly dcTable: number;
  readonly acTable: number;
}

/** A scan header. */
export interface ScanHeader {
  readonly components: readonly ScanComponentSpec[];
  /** First and last coefficient of the band, in zigzag order. */
  readonly spectralStart: number;
  readonly spectralEnd: number;
  /** Successive approximation: the bit position before this scan (0: first) and after it. */
  readonly approximationHigh: number;
  readonly approximationLow: number;
}

/** SOF markers of processes that are not decoded, by their low nibble (T.81, table B.1). */
const UNSUPPORTED: Readonly<Record<number, string>> = {
  3: "lossless (Huffman)",
  5: "hierarchical sequential",
  6: "hierarchical progressive",
  7: "hierarchical lossless",
  9: "arithmetic-coded sequential",
  10: "arithmetic-coded progressive",
  11: "arithmetic-coded lossless",
  13: "arithmetic-coded hierarchical sequential",
  14: "arithmetic-coded hierarchical progressive",
  15: "arithmetic-coded hierarchical lossless",
};

/** The processes that are decoded, by the low nibble of their SOF marker. */
const SUPPORTED: readonly JpegProcess[] = ["baseline", "extended sequential", "progressive"];

/** Data units in an MCU, at most (T.81, B.2.3; `D_MAX_BLOCKS_IN_MCU` in libjpeg). */
const MOST_BLOCKS_IN_MCU = 10;

/**
 * Reads a SOF segment.
 *
 * @param marker - 0xC0 to 0xCF, less DHT, JPG and DAC
 * @param segment - the payload, without marker and length
 * @throws {CodecError} `unsupported` (naming the process), `broken`
 */
export function readFrame(marker: number, segment: Uint8Array): Frame {
  const process = SUPPORTED[marker - 0xc0];
  if (!process) throw unsupported(`${UNSUPPORTED[marker - 0xc0]} JPEG`);
  if (segment.length < 6) throw broken("a frame header that ends early");
  const precision = segment[0];
  if (precision !== 8) throw unsupported(`${precision}-bit ${process} JPEG, only 8-bit`);
  const height = (segment[1] << 8) | segment[2];
  const width = (segment[3] << 8) | segment[4];
  const count = segment[5];
  if (width === 0) throw broken("a width of 0");
  if (segment.length !== 6 + 3 * count) throw broken(`a frame header of ${segment.length} bytes`);
  if (count !== 1 && count !== 3 && count !== 4) {
    throw unsupported(`JPEG with ${count} components, only 1, 3 or 4`);
  }
  const components: JpegComponent[] = [];
  for (let at = 6; at < segment.length; at += 3) {
    const h = segment[at + 1] >> 4;
    const v = segment[at + 1] & 15;
    if (h < 1 || h > 4 || v < 1 || v > 4) throw broken(`sampling factors ${h}x${v}, of 1 to 4`);
    // A lone component is coded block by block whatever its factors say (T.81, A.2.2).
    const alone = count === 1;
    components.push({ id: segment[at], h: alone ? 1 : h, v: alone ? 1 : v, quantizer: segment[at + 2] });
  }
  const maxH = Math.max(...components.map((component) => component.h));
  const maxV = Math.max(...components.map((component) => component.v));
  return { process, width, height, components, maxH, maxV };
}

/**
 * Reads a SOS segment.
 *
 * @param segment - the payload, without marker and length
 * @throws {CodecError} `broken`
 */
export function readScan(frame: Frame, segment: Uint8Array): ScanHeader {
  const count = segment[0] ?? 0;
  if (count < 1 || count > 4 || segment.length !== 4 + 2 * count) {
    throw broken(`a scan header of ${segment.length} bytes for ${count} components`);
  }
  const components: ScanComponentSpec[] = [];
  let blocks = 0;
  for (let i = 0; i < count; i++) {
    const id = segment[1 + 2 * i];
    const tables = segment[2 + 2 * i];
    // Files with one id for several components exist; like libjpeg, take the first that is still free.
    const index = frame.components.findIndex(
      (component, at) => component.id === id && !components.some((taken) => taken.index === at),
    );
    if (index < 0) throw broken(`a scan of component ${id}, which the frame has not`);
    components.push({ index, dcTable: tables >> 4, acTable: tables & 15 });
    blocks += frame.components[index].h * frame.components[index].v;
  }
  if (count > 1 && blocks > MOST_BLOCKS_IN_MCU) {
    throw broken(`${blocks} blocks in an MCU, at most ${MOST_BLOCKS_IN_MCU}`);
  }
  const at = 1 + 2 * count;
  return {
    components,
    spectralStart: segment[at],
    spectralEnd: segment[at + 1],
    approximationHigh: segment[at + 2] >> 4,
    approximationLow: segment[at + 2] & 15,
  };
}

function unsupported(what: string): CodecError {
  return new CodecError("unsupported", `${what} is not supported`);
}
