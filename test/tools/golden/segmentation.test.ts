/** torchvision's segmentation networks, from the photo's pixels to the mask, against what torchvision made of the same weights. */
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode } from "../../../src/codecs/index.ts";
import type { Session } from "../../../src/runtime/engines/engine.ts";
import { segment } from "../../../src/runtime/tasks/segmentation/segment.ts";
import { resizeTaps, type Taps } from "../../../src/runtime/tasks/segmentation/taps.ts";
import {
  hasShared,
  madeInput,
  needsShared,
  openNetwork,
  preparePhoto,
  readCard,
  readGolden,
  readShared,
  relativeError,
} from "./shared.ts";

interface Golden {
  readonly tensor: { shape: number[]; multiplier: number; at_y_x: number[][]; scores: number[][] };
  readonly photos: Record<string, { size: number[]; mask: string }>;
}

/** Sum of the sources of one position. */
function mix(taps: Taps, at: number, source: (index: number) => number): number {
  let sum = 0;
  for (let t = 0; t < taps.span; t++) sum += taps.weight[at * taps.span + t] * source(taps.first[at] + t);
  return sum;
}

describe.skipIf(!hasShared).each(["deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"])(
  `%s${needsShared}`,
  (name) => {
    let sessions: Record<string, Session>;
    beforeAll(async () => {
      sessions = await openNetwork(name, name);
    });

    test("scores at the input's size equal torchvision's", async () => {
      const { tensor } = readGolden<Golden>(name);
      const { out } = await sessions.model.run({ input: madeInput(tensor.shape, tensor.multiplier) });
      const [, classes, h, w] = out.dims;
      const [, , height, width] = tensor.shape;
      const rows = resizeTaps(h, height, 0, height, height);
      const columns = resizeTaps(w, width, 0, width, width);
      const actual = tensor.at_y_x.flatMap(([y, x]) =>
        Array.from({ length: classes }, (_, c) =>
          mix(rows, y, (row) => mix(columns, x, (column) => out.data[(c * h + row) * w + column])),
        ),
      );
      expect(relativeError(actual, tensor.scores.flat())).toBeLessThan(1e-3);
    });

    test("masks of all photos equal torchvision's on 99.5 % of the pixels", async () => {
      const { card } = readCard(name);
      for (const [photo, golden] of Object.entries(readGolden<Golden>(name).photos)) {
        const { input, geometry } = await preparePhoto(photo, card);
        const mask = await segment({ output: card.output, sessions }, input, geometry);
        expect([mask.height, mask.width]).toEqual(golden.size);
        // A PNG of class indices as gray levels.
        const { pixels } = await decode(readShared(`golden/${golden.mask}`), DEFAULT_LIMITS);
        let equal = 0;
        for (let i = 0; i < mask.classes.length; i++) if (mask.classes[i] === pixels[i * 3]) equal++;
        expect(equal / mask.classes.length, photo).toBeGreaterThanOrEqual(0.995);
        if (process.env.VERBOSE) console.log(photo, equal / mask.classes.length);
      }
    }, 300_000);
  },
);
