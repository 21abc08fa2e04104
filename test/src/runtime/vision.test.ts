import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { encodePng } from "../../../src/codecs/encode/png.ts";
import { DEFAULT_LIMITS } from "../../../src/codecs/index.ts";
import { IDLE_BYTES, NotEnoughMemoryError } from "../../../src/runtime/memory.ts";
import { createVision } from "../../../src/runtime/vision.ts";
import { storedColorModel } from "../support/color-model.ts";
import { fakeEngine } from "../support/fake-engine.ts";
import { manifestOf, seed } from "../support/stored-model.ts";

const MB = 1e6;
const model = await storedColorModel("tiny");
const picture = await encodePng({ width: 64, height: 64, color: "rgb", row: (_, into) => into.fill(9) });

/** Opens the model for the picture; its engine takes so many bytes a pixel, which is known when it is open. */
async function open(bytesPerPixel: number) {
  await seed(env.MODELS, [model]);
  const engine = fakeEngine("kernels", [], bytesPerPixel);
  const vision = createVision({
    manifest: manifestOf([model]),
    engines: [engine],
    limits: {
      image: DEFAULT_LIMITS,
      memoryBytes: IDLE_BYTES + 20 * MB,
      modelBytes: 10 * MB,
      queueDepth: 4,
      queueBytes: 10 * MB,
      storageTimeoutMs: 5000,
    },
  });
  const selection = vision.select({ task: "classification", model: "tiny" });
  const place = vision.queue.enter(picture.length);
  const task = vision.run(place, picture, { bucket: env.MODELS }, (turn) => turn.open(selection));
  return { engine, task };
}

test("a run that fits is let in", async () => {
  const { task } = await open(1);
  expect((await task).model.name).toBe("tiny");
});

test("a run is refused that takes more than was estimated before its model was open", async () => {
  const { engine, task } = await open(1 * MB);
  await expect(task).rejects.toThrow(NotEnoughMemoryError);
  expect(engine.opened).toHaveLength(1);
});
