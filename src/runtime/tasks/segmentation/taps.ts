/**
 * Bilinear resizing of one axis, from a network's scores to the picture's pixels in one step.
 *
 * @module
 */

/**
 * How each position of the result is made: `span` neighbouring sources from `first[i]` on, with the weights
 * `weight[i * span … i * span + span - 1]`, which are not negative and sum to 1.
 */
export interface Taps {
  readonly span: number;
  readonly first: Int32Array;
  readonly weight: Float64Array;
}

/** Two neighbours and how far between them a position lies. */
interface Between {
  readonly low: number;
  readonly high: number;
  readonly fraction: number;
}

/**
 * Where position `at` of an axis of `to` positions lies on one of `from`: torch's `interpolate(mode="bilinear", align_corners=False)`
 * (aten/src/ATen/native/UpSample.h, `compute_source_index_and_lambda`); not antialiased.
 */
function between(at: number, from: number, to: number): Between {
  const source = Math.max(((at + 0.5) * from) / to - 0.5, 0);
  const low = Math.min(Math.floor(source), from - 1);
  return { low, high: Math.min(low + 1, from - 1), fraction: Math.min(source - low, 1) };
}

/**
 * Resizes `scores` positions to the network's input (as torchvision's segmentation models do at their end), and the part of it that shows
 * the picture to the picture's size.
 *
 * @param scores positions of the network's output
 * @param input positions of its input, padding included
 * @param offset where the resized picture begins in the input; negative where a crop cut it
 * @param resized positions of the whole resized picture
 * @param image pixels of the picture
 */
export function resizeTaps(
  scores: number,
  input: number,
  offset: number,
  resized: number,
  image: number,
): Taps {
  // What a crop cut off is given the scores of the border.
  const inInput = (position: number) => Math.min(Math.max(position + offset, 0), input - 1);
  // Four to a position.
  const sources = new Int32Array(4 * image);
  const shares = new Float64Array(4 * image);
  let span = 1;
  for (let i = 0; i < sources.length; i += 4) {
    const step = between(i / 4, resized, image);
    const a = between(inInput(step.low), scores, input);
    const b = between(inInput(step.high), scores, input);
    sources[i] = a.low;
    sources[i + 1] = a.high;
    sources[i + 2] = b.low;
    sources[i + 3] = b.high;
    shares[i] = (1 - step.fraction) * (1 - a.fraction);
    shares[i + 1] = (1 - step.fraction) * a.fraction;
    shares[i + 2] = step.fraction * (1 - b.fraction);
    shares[i + 3] = step.fraction * b.fraction;
    span = Math.max(span, b.high - a.low + 1);
  }
  const first = new Int32Array(image);
  const weight = new Float64Array(image * span);
  for (let i = 0; i < sources.length; i++) {
    const at = i >> 2;
    if (i % 4 === 0) first[at] = Math.min(sources[i], scores - span);
    weight[at * span + sources[i] - first[at]] += shares[i];
  }
  return { span, first, weight };
}
