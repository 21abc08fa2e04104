/**
 * Maps of floats at other sizes, and regions of them. (Conventions: `../module.ts`.)
 *
 * @module
 */

/** Resizing and RoIAlign. */
export interface SamplingKernels {
  /**
   * Bilinear resize: output o samples at `(o + shift) · scale - shift`, clamped to the map. `shift` 0.5 with scale in/out is ONNX's half_pixel
   * (torch, align_corners false); 0 with in/out is asymmetric; 0 with (in-1)/(out-1) is align_corners.
   */
  resizeBilinearF32(
    x: number,
    xRow: number,
    xPix: number,
    xH: number,
    xW: number,
    y: number,
    yRow: number,
    yPix: number,
    oy0: number,
    oy1: number,
    oW: number,
    c: number,
    scaleY: number,
    scaleX: number,
    shift: number,
  ): void;

  /**
   * Nearest resize: output o takes `clamp(floor((o + shift) · scale))` (shift 0: asymmetric with floor, torch's `nearest`;
   * 0.5: half pixel). `add` 1 adds to what y holds (the top-down path of a feature pyramid) instead of storing.
   */
  resizeNearestF32(
    x: number,
    xRow: number,
    xPix: number,
    xH: number,
    xW: number,
    y: number,
    yRow: number,
    yPix: number,
    oy0: number,
    oy1: number,
    oW: number,
    c: number,
    scaleY: number,
    scaleX: number,
    shift: number,
    add: number,
  ): void;

  /**
   * torchvision.ops.roi_align with aligned=false: `n` regions of one feature map, each to `size`×`size` pixels of `c` channels.
   *
   * @param rois `n` boxes x1, y1, x2, y2 as floats, in pixels of the image
   * @param slots `n` int32: region i goes to `y + slots[i] · size² · 4c`; 0 (no pointer) for `slots[i] = i`
   * @param spatialScale feature pixels per image pixel
   * @param sampling samples per bin and axis (torchvision's detectors: 2)
   * @param y pixels one after the other, `4c` bytes each
   */
  roiAlignF32(
    x: number,
    xRow: number,
    xPix: number,
    xH: number,
    xW: number,
    c: number,
    n: number,
    rois: number,
    slots: number,
    spatialScale: number,
    size: number,
    sampling: number,
    y: number,
  ): void;
}
