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

/** Logits that are not torch's: golden numbers have six digits, and a step is far more. */
function countOthers(actual: ArrayLike<number>, expected: readonly number[]): number {
  return expected.filter((value, i) => !(Math.abs(value - actual[i]) < STEP / 100)).length;
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

  test("gives torch's logits", async () => {
    const { logits } = await (await open()).run(made);
    expect(countOthers(logits.data, golden.tensor.logits)).toBe(0);
  });

  test("gives torch's logits of every photo: not one integer on the way is another", async () => {
    const session = await open();
    const { card } = readCard(NAME);
    for (const [photo, { logits }] of Object.entries(golden.photos)) {
      const { input } = await preparePhoto(photo, card);
      expect(countOthers((await session.run({ input })).logits.data, logits), photo).toBe(0);
    }
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
