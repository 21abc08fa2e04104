/**
 * What detection gives, and the form in which boxes travel between its steps.
 *
 * @module
 */

/** An axis-parallel box in pixels of the oriented original; `xmax` and `ymax` are the right and lower edges. */
export interface Box {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/** One object found. */
export interface Detection {
  readonly label: string;
  /** The class index, as the card's labels count. */
  readonly index: number;
  /** 0 to 1. */
  readonly score: number;
  readonly box: Box;
}

/**
 * Boxes with their scores and classes, best first, in pixels of the network's (input:
 * what every detector's decoding gives before labels and the picture's own pixels come in.
 */
export interface ScoredBoxes {
  /** `[N, 4]`: xmin, ymin, xmax, ymax. */
  readonly boxes: Float32Array;
  /** `[N]`, 0 to 1. */
  readonly scores: Float32Array;
  /** `[N]`, class indices. */
  readonly labels: Uint32Array;
}
