/**
 * What the engine benchmark times: a run of a model's networks on noise; of detectors, post-processing too.
 *
 * @module
 */
import type { ImageTensor, Session, Tensor } from "../../src/runtime/engines/engine.ts";
import type { ManifestModel } from "../../src/runtime/manifest.ts";
import { detect } from "../../src/runtime/tasks/detection/detect.ts";

/** A picture that fills the network's input. */
const WHOLE = { offset: { x: 0, y: 0 }, orientation: 1, capped: false } as const;

/** Pixels that look like noise, the same in every run. */
function noise(height: number, width: number): Uint8Array {
  const pixels = new Uint8Array(height * width * 3);
  for (let index = 0; index < pixels.length; index++) pixels[index] = (index * 7919) & 255;
  return pixels;
}

/** The normalised picture as floats, `[1, 3, height, width]`: what Faster R-CNN's resize makes. */
function toPlanar({ height, width, pixels, scale, mean, std }: ImageTensor): Tensor {
  const plane = height * width;
  const data = new Float32Array(3 * plane);
  for (let index = 0; index < plane; index++) {
    for (let channel = 0; channel < 3; channel++) {
      const byte = pixels[index * 3 + channel] as number;
      data[channel * plane + index] = (byte * scale - (mean[channel] as number)) / (std[channel] as number);
    }
  }
  return { dims: [1, 3, height, width], data };
}

/** @param sessions the model's graphs, by role */
export function makeWorkload(
  { card }: ManifestModel,
  { height, width }: { readonly height: number; readonly width: number },
  sessions: Record<string, Session>,
): () => Promise<unknown> {
  const { scale, mean, std } = card.preprocess;
  const image: ImageTensor = { height, width, pixels: noise(height, width), scale, mean, std };
  if (card.task !== "detection") return async () => sessions.model?.run({ input: image });
  const input = card.preprocess.kind === "generalized_rcnn" ? toPlanar(image) : image;
  const size = { width, height };
  const geometry = { original: size, resized: size, input: size };
  const detector = { output: card.output, labels: card.labels, sessions };
  return () => detect(detector, input, { ...WHOLE, ...geometry }, {});
}
