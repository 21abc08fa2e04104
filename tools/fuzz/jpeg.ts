/**
 * The long run of the JPEG decoder's property test: `npx tsx tools/fuzz/jpeg.ts --count 100000 [--seed 1]`.
 *
 * Every mutated file must be answered with a picture or a `CodecError`, in a time that its bytes and the pixels given out
 * explain, and memory must stay bounded over the whole run.
 *
 * @module
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { decodeJpeg } from "../../src/codecs/jpeg/index.ts";
import { CodecError } from "../../src/codecs/types.ts";
import { type Mutant, mutant } from "../../test/src/codecs/jpeg/mutations.ts";

/** What a decode may take, far above what it does, as machines are busy: in ms, a byte and a pixel given out. */
const BASE_MS = 500;
const MS_PER_BYTE = 0.01;
const MS_PER_PIXEL = 0.0002;

/** Twice the decoder's own limit, and what Node and garbage take. */
const MOST_RSS_BYTES = 512 * 1024 * 1024;

/** What became of the files. */
const tally = new Map<string, number>();
let slowest = { took: 0, bytes: 0, pixels: 0 };

/** Decodes one file. @throws what is not a `CodecError`, and errors about time and memory */
function check({ bytes, options }: Mutant): void {
  const start = performance.now();
  let pixels = 0;
  let outcome: string;
  try {
    const { warnings } = decodeJpeg(bytes, options, {
      begin(width, height) {
        pixels = width * height;
      },
      row() {},
      end() {},
    });
    outcome = warnings.length > 0 ? "decoded, with warnings" : "decoded";
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    outcome = error.kind;
  }
  const took = performance.now() - start;
  if (took > slowest.took) slowest = { took, bytes: bytes.length, pixels };
  if (took > BASE_MS + bytes.length * MS_PER_BYTE + pixels * MS_PER_PIXEL) {
    throw new Error(`${took.toFixed(0)} ms for ${bytes.length} bytes and ${pixels} pixels`);
  }
  const rss = process.memoryUsage.rss();
  if (rss > MOST_RSS_BYTES) throw new Error(`${(rss / 1e6).toFixed(0)} MB of memory`);
  tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
}

const { values } = parseArgs({
  options: { count: { type: "string", default: "100000" }, seed: { type: "string" } },
});
const start = performance.now();
fc.assert(fc.property(mutant, check), {
  numRuns: Number(values.count),
  ...(values.seed !== undefined && { seed: Number(values.seed) }),
});
const seconds = ((performance.now() - start) / 1000).toFixed(0);
console.log(`${values.count} files in ${seconds} s`);
console.log(`slowest: ${slowest.took.toFixed(0)} ms for ${slowest.bytes} bytes and ${slowest.pixels} pixels`);
for (const [outcome, count] of tally) console.log(`  ${outcome}: ${count}`);
