/**
 * Our PNG decoder, resizing included, against upng-js, in Node and in workerd; and what it takes of memory.
 *
 * @module
 */
import { type Row, writeReport } from "../harness/report.ts";
import { median, pairedRatio, significant } from "../harness/statistics.ts";
import { startWorker } from "../harness/worker.ts";
import { contest, type Times } from "./contest.ts";
import { bundlePngWorker, measurePeak } from "./memory.ts";
import { makePicture, PICTURES, type PictureKind } from "./pictures.ts";

/** Measures, writes `bench/results/png`, and returns the rows. */
export async function benchPng({ rounds = 5 }: { rounds?: number } = {}): Promise<Row[]> {
  const bundle = await bundlePngWorker();
  const rows: Row[] = [];
  for (const kind of PICTURES) {
    const picture = await makePicture(kind);
    rows.push(rowOf(kind, picture, "Node", await contest(picture, rounds), null));
    const worker = await startWorker(bundle, { objects: { picture } });
    try {
      await worker.call("load");
      const times = await worker.call<Times>("contest", { rounds });
      const { bytes } = await measurePeak(bundle, picture);
      rows.push(rowOf(kind, picture, "workerd", times, bytes));
    } finally {
      await worker.stop();
    }
  }
  await writeReport({
    name: "png",
    title: "PNG decoding",
    command: "npm run bench -- codecs",
    notes: [
      "Milliseconds, medians of rounds in which the decoders take turns; the ratio is the median of the rounds' own. Ours includes the " +
        "antialiased resize to 224; upng-js only makes RGBA. peak_mb: heap and array buffers, garbage included, above a fresh isolate and the file itself.",
      "Pictures: the sample photo enlarged, with a little noise, 8-bit RGB, Paeth's filter (`bench/png/pictures.ts`).",
    ],
    rows,
  });
  return rows;
}

function rowOf(
  kind: PictureKind,
  picture: Uint8Array,
  runtime: string,
  times: Times,
  peak: number | null,
): Row {
  return {
    picture: kind.name,
    file_mb: significant(picture.length / 1e6),
    runtime,
    ours_ms: significant(median(times.ours)),
    upng_ms: significant(median(times.upng)),
    ratio: significant(pairedRatio(times.ours, times.upng)),
    peak_mb: peak === null ? null : significant(peak / 1e6),
  };
}
