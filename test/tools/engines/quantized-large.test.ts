/** torchvision's quantized Large on our engine, against torch's own integer results (QNNPACK). */
import { beforeAll, describe, expect, test } from "vitest";
import type { Inputs, Session } from "../../../src/runtime/engines/engine.ts";
import { checkingProbe } from "../../../src/runtime/engines/kernels/check.ts";
import type { KernelsOptions } from "../../../src/runtime/engines/kernels/engine.ts";
import { Q8_PATH } from "../../../src/runtime/engines/kernels/module-q8.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";
import { preparePhoto, readCard } from "../golden/shared.ts";
import {
  convertReference,
  hasShared,
  madeInput,
  needsShared,
  readGolden,
  sourceOf,
  startKernels,
} from "./support.ts";

const NAME = "mobilenet_v3_large_quantized";

/** Scale of `classifier.3`: the logits are multiples of it. */
const STEP = 0.010278880596160889;

interface Golden {
  readonly tensor: { readonly shape: number[]; readonly multiplier: number; readonly logits: number[] };
  readonly photos: Readonly<Record<string, { readonly logits: number[] }>>;
}

/** Index of the largest, and how far it is above the next. */
function top(logits: ArrayLike<number>): { index: number; margin: number } {
  const order = Array.from(logits, (_, i) => i).sort((a, b) => logits[b] - logits[a]);
  return { index: order[0], margin: logits[order[0]] - logits[order[1]] };
}

/** The share of logits that are at most a step apart. */
function shareWithinStep(actual: ArrayLike<number>, expected: readonly number[]): number {
  const close = expected.filter((value, i) => Math.abs(value - actual[i]) < 1.01 * STEP);
  return close.length / expected.length;
}

describe.skipIf(!hasShared)(`the quantized Large${needsShared}`, () => {
  let model: BuiltModel;
  let golden: Golden;
  let made: Inputs;
  beforeAll(async () => {
    ({ model } = await convertReference(NAME, NAME));
    golden = readGolden<Golden>(NAME);
    made = { input: madeInput(golden.tensor.shape, golden.tensor.multiplier) };
  });

  async function open(options: KernelsOptions = {}, build?: "relaxed" | "simd"): Promise<Session> {
    return (await startKernels(options, build)).open(sourceOf(model));
  }

  test("gives torch's logits, 99 % of them within one step", async () => {
    const { logits } = await (await open()).run(made);
    expect(shareWithinStep(logits.data, golden.tensor.logits)).toBeGreaterThanOrEqual(0.99);
  });

  test("gives torch's class of every photo where that leads by two steps, and of most photos all logits", async () => {
    const session = await open();
    const { card } = readCard(NAME);
    const photos = Object.entries(golden.photos);
    let close = 0;
    for (const [photo, { logits }] of photos) {
      const { input } = await preparePhoto(photo, card);
      const { data } = (await session.run({ input })).logits;
      if (shareWithinStep(data, logits) >= 0.99) close++;
      const { index, margin } = top(logits);
      if (margin > 2.01 * STEP) expect(top(data).index, photo).toBe(index);
    }
    // Random weights amplify a tie that torch breaks otherwise (as it does against onnxruntime, too) to many steps.
    expect(close / photos.length).toBeGreaterThan(0.8);
  });

  test("is the same, bit for bit, on every exact way to multiply and on both builds; no call leaves its memory", async () => {
    const expected = await (await open()).run(made);
    const pairs = { code: Q8_PATH.pairs, signed: false };
    const others = [
      await open({ dotPath: pairs }),
      await open({ probe: checkingProbe() }),
      await open({ planOptions: { bandBytes: 0, chainBytes: 0, bandTarget: 1 } }),
      await open({}, "simd"),
    ];
    for (const session of others) expect(await session.run(made)).toEqual(expected);
  });
});
