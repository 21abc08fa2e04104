/**
 * Where a picture lies in a network's input: what takes boxes and masks back to the picture.
 *
 * @module
 */

/** Sizes in pixels. The resized picture lies top left in the input; the rest is padding. */
export interface Geometry {
  /** The original picture, its EXIF orientation applied. */
  readonly imageWidth: number;
  readonly imageHeight: number;
  /** The picture as resized for the network, without padding. */
  readonly resizedWidth: number;
  readonly resizedHeight: number;
  /** The network's input, padding included. */
  readonly inputWidth: number;
  readonly inputHeight: number;
}
