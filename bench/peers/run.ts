/**
 * `npm run bench -- engines --peers`: our engine against LiteRT.js (XNNPACK in WebAssembly), the same network, in the same page of headless Chromium.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { modelFolders } from "../../tools/models/paths.ts";
import { readRecords } from "../../tools/models/store.ts";
import { UserError } from "../../tools/user-error.ts";
import { type Row, writeReport } from "../harness/report.ts";
import { median, pairedRatio, significant } from "../harness/statistics.ts";
import { type PeerFiles, peerFiles } from "./files.ts";
import type { PeersPage } from "./protocol.ts";
import { serve } from "./server.ts";

/** A row of the report; the ratio is against the faster of LiteRT.js's, the median of the rounds' ratios. */
export interface PeerRow extends Row {
  readonly model: string;
  readonly input: string;
  /** Ours. */
  readonly variant: string;
  readonly kernels_ms: number;
  readonly litert_fp32_ms: number | null;
  readonly litert_int8_ms: number | null;
  readonly ratio: number;
  /** The most that the ratio may be. */
  readonly bar: number | null;
  /** Of the outputs of the same variant, over the largest magnitude. */
  readonly difference: number;
}

/** Debian's package `chromium`. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const MODELS = ["mobilenet_v3_small", "mobilenet_v3_large", "mobilenet_v3_large_quantized"];
/** The most that ratios may be, by variant; the quantized Large has none. */
const BARS: Readonly<Record<string, number>> = { fp32: 0.9, int8: 0.5 };
/** V8 replaces its baseline code while the first runs go by. */
const WARM_ROUNDS = 30;
const ROUNDS = 150;
/**
 * Of the largest magnitude, by variant: more would mean that the two do not run the same network. Integers are rounded elsewhere there, some layers
 * more often; of networks that differ, the outputs are 1 or more apart.
 */
const TOLERANCES: Readonly<Record<string, number>> = { fp32: 1e-4, int8: 0.5 };

/** Measures, and writes `bench/results/peers.json` and `.md`. @throws {UserError} without Chromium or the models */
export async function benchPeers(): Promise<PeerRow[]> {
  if (!existsSync(CHROMIUM)) {
    throw new UserError(`There is no ${CHROMIUM}. Install Debian's chromium, or name another by CHROMIUM.`);
  }
  const folders = modelFolders();
  const records = await readRecords(folders);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const rows: PeerRow[] = [];
    let simd = true;
    for (const name of MODELS) {
      const record = records.get(name);
      if (!record) throw new UserError(`${name} is not installed: npm run models -- install ${name}`);
      for (const variant of Object.keys(record.model.variants)) {
        const { row, relaxed } = await measure(browser, await peerFiles(folders, record, variant), variant);
        const bar = "fp32" in record.model.variants ? (BARS[variant] ?? null) : null;
        rows.push({ model: name, ...row, bar });
        simd &&= relaxed;
      }
    }
    await report(rows, simd, browser.version());
    return rows;
  } finally {
    await browser.close();
  }
}

async function report(rows: readonly PeerRow[], relaxed: boolean, chromiumVersion: string): Promise<void> {
  const { version } = createRequire(import.meta.url)("@litertjs/core/package.json");
  await writeReport({
    name: "peers",
    title: "Peers",
    command: "npm run bench -- engines --peers",
    notes: [
      `Our kernels${relaxed ? "" : ", without relaxed SIMD,"} against LiteRT.js ${version} (XNNPACK in WebAssembly; its build without threads: one ` +
        `thread, as ours) in Chromium ${chromiumVersion}, in one page, run by run in turn, ${ROUNDS} rounds after ${WARM_ROUNDS}. The .tflite files are ` +
        "written from our ONNX graphs, those of int8 from the same scales (where ours leaves floats between two operators, in the range that the second can tell " +
        "apart; float logits by dynamic quantization). Ours is given 8-bit pixels and normalises them, LiteRT.js floats made " +
        "before. `ratio`: ours over the faster of theirs, the median of the rounds' ratios. `difference`: of the outputs of the same variant, over the " +
        "largest magnitude. `bar`: the most that the ratio may be.",
    ],
    rows,
  });
}

async function measure(browser: Browser, { model, files }: PeerFiles, variant: string) {
  const server = await serve(files);
  const page = await browser.newPage();
  try {
    await page.goto(`${server.origin}/index.html`);
    const { differences, relaxed } = await call(page, "open", model);
    const difference = differences[variant] ?? Number.POSITIVE_INFINITY;
    if (!(difference <= (TOLERANCES[variant] ?? 0))) {
      throw new Error(`LiteRT.js's ${variant} output differs by ${difference} of the largest magnitude.`);
    }
    await call(page, "time", WARM_ROUNDS);
    const { ours, theirs } = await call(page, "time", ROUNDS);
    const medianOf = (name: string) => (theirs[name] ? significant(median(theirs[name])) : null);
    const [best = []] = Object.values(theirs).toSorted((a, b) => median(a) - median(b));
    const row = {
      input: `${model.image.height}x${model.image.width}`,
      variant,
      kernels_ms: significant(median(ours)),
      litert_fp32_ms: medianOf("fp32"),
      litert_int8_ms: medianOf("int8"),
      ratio: significant(pairedRatio(ours, best)),
      difference: significant(difference, 2),
    };
    return { row, relaxed };
  } finally {
    await page.close();
    await server.stop();
  }
}

/** Calls the page. */
function call<Name extends keyof PeersPage>(
  page: Page,
  name: Name,
  argument: Parameters<PeersPage[Name]>[0],
) {
  return page.evaluate(
    ([method, value]) =>
      (globalThis as unknown as { peers: Record<string, (value: unknown) => unknown> }).peers[method](value),
    [name, argument] as const,
  ) as ReturnType<PeersPage[Name]>;
}
