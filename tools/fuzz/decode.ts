/**
 * The long runs of the decoders' property tests: any bytes are answered with a picture or a `CodecError`, in a time that their
 * length and the pixels given out explain, in bounded memory.
 *
 * @module
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { checkMutant, type Outcome } from "../../test/src/codecs/check-mutant.ts";
import type { Mutant } from "../../test/src/codecs/mutations.ts";

/** What a decode may take, far above what it does, as machines are busy: in ms, a byte and a pixel given out. */
const BASE_MS = 500;
const MS_PER_BYTE = 0.01;
const MS_PER_PIXEL = 0.0002;

/** The decoders' own limit, and what Node and garbage take. */
const MOST_RSS_BYTES = 512 * 1024 * 1024;

/**
 * Runs `--count` files (default 100,000), prints what became of them, and fails at the first that breaks a promise.
 *
 * @throws {Error} with the shrunk file and fast-check's seed (`--seed` repeats it)
 */
export async function fuzzDecoders(mutants: fc.Arbitrary<Mutant>): Promise<void> {
  const { values } = parseArgs({
    options: { count: { type: "string", default: "100000" }, seed: { type: "string" } },
  });
  const tally = new Map<string, number>();
  let slowest = { took: 0, name: "", bytes: 0, pixels: 0 };
  const started = performance.now();
  const property = fc.asyncProperty(mutants, fc.boolean(), async ({ name, bytes }, strict) => {
    const first = await timed(bytes, strict);
    const { refused, pixels } = first;
    let { took } = first;
    const limit = BASE_MS + bytes.length * MS_PER_BYTE + pixels * MS_PER_PIXEL;
    // The machine may have been busy with something else.
    for (let tries = 0; took > limit && tries < 2; tries++) ({ took } = await timed(bytes, strict));
    if (took > slowest.took) slowest = { took, name, bytes: bytes.length, pixels };
    if (took > limit) throw new Error(`${took.toFixed(0)} ms for ${bytes.length} bytes and ${pixels} pixels`);
    const rss = process.memoryUsage.rss();
    if (rss > MOST_RSS_BYTES) throw new Error(`${(rss / 1e6).toFixed(0)} MB of memory`);
    const outcome = refused ?? "decoded";
    tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
  });
  await fc.assert(property, {
    numRuns: Number(values.count),
    ...(values.seed !== undefined && { seed: Number(values.seed) }),
  });
  console.log(`${values.count} files in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(
    `slowest: ${slowest.took.toFixed(0)} ms for ${slowest.bytes} bytes and ${slowest.pixels} pixels (from ${slowest.name})`,
  );
  for (const [outcome, count] of tally) console.log(`  ${outcome}: ${count}`);
}

async function timed(bytes: Uint8Array, strict: boolean): Promise<Outcome & { readonly took: number }> {
  const start = performance.now();
  const outcome = await checkMutant(bytes, strict);
  return { ...outcome, took: performance.now() - start };
}
