/**
 * Our JPEG decoder against jpeg-js and mozjpeg in WebAssembly, in Node and in workerd.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "../../tools/models/paths.ts";
import { type Row, writeReport } from "../harness/report.ts";
import { median, pairedRatio, significant } from "../harness/statistics.ts";
import { bundleWorker, startWorker } from "../harness/worker.ts";
import { contest, type Times } from "./contest.ts";
import { makePhoto, PHOTOS, type PhotoKind } from "./photos.ts";
import type { ContestRequest } from "./worker.ts";

/** Pixels a measurement, at least: workerd's clock counts whole milliseconds. */
const PIXELS = 4e6;

/** What is measured. */
export interface JpegBenchOptions {
  /** Names of {@link PHOTOS}; all when left out. */
  readonly photos?: readonly string[] | undefined;
  readonly rounds?: number | undefined;
}

/** Measures, writes `bench/results/jpeg`, and returns the rows. */
export async function benchJpeg(options: JpegBenchOptions = {}): Promise<Row[]> {
  const { photos, rounds = 5 } = options;
  const rows: Row[] = [];
  for (const kind of PHOTOS.filter(({ name }) => photos?.includes(name) ?? true)) {
    const photo = await makePhoto(kind);
    const repeats = Math.max(1, Math.round(PIXELS / (kind.width * kind.height)));
    rows.push(rowOf(kind, photo, "Node", await inNode(photo, rounds, repeats)));
    rows.push(rowOf(kind, photo, "workerd", await inWorkerd(photo, rounds, repeats)));
  }
  await writeReport({
    name: "jpeg",
    title: "JPEG decoding",
    command: "npm run bench -- codecs",
    notes: [
      "Milliseconds, medians of rounds in which the decoders take turns; ratios are medians of the rounds' own. Ours decodes to " +
        "the smallest of 1/1, 1/2, 1/4, 1/8 whose shorter side is at least 256, the others to full size; resizing is in none of them.",
      "Photos: the sample photo enlarged, with noise, 4:2:0, quality 92, encoded by mozjpeg (`bench/jpeg/photos.ts`).",
    ],
    rows,
  });
  return rows;
}

async function inNode(photo: Uint8Array<ArrayBuffer>, rounds: number, repeats: number): Promise<Times> {
  const codec = path.join(ROOT, "node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
  return contest(photo, await WebAssembly.compile(await readFile(codec)), rounds, repeats);
}

async function inWorkerd(photo: Uint8Array<ArrayBuffer>, rounds: number, repeats: number): Promise<Times> {
  const bundle = await bundleWorker("bench/jpeg/worker.ts");
  const worker = await startWorker(bundle, { objects: { photo } });
  try {
    return await worker.call<Times>("contest", { key: "photo", rounds, repeats } satisfies ContestRequest);
  } finally {
    await worker.stop();
  }
}

function rowOf(kind: PhotoKind, photo: Uint8Array, runtime: string, times: Times): Row {
  return {
    photo: kind.name,
    file_mb: significant(photo.length / 1e6),
    runtime,
    ours_ms: significant(median(times.ours)),
    jpegjs_ms: significant(median(times.jpegJs)),
    mozjpeg_wasm_ms: significant(median(times.mozjpeg)),
    ratio_jpegjs: significant(pairedRatio(times.ours, times.jpegJs)),
    target: kind.target,
    ratio_mozjpeg: significant(pairedRatio(times.ours, times.mozjpeg)),
  };
}
