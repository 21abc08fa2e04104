/**
 * RoIAlign as torchvision does it (torchvision/csrc/ops/cpu/roi_align_kernel.cpp and roi_align_common.h), aligned = false.
 */
import { madd } from "./simd";

/** Adds one sample at (sy, sx), weighted, to `c` channels of a bin. */
function addSample(
  x: usize,
  xRow: usize,
  xPix: usize,
  xH: i32,
  xW: i32,
  c: i32,
  sy: f32,
  sx: f32,
  y: usize,
): void {
  // Over a pixel off the map a sample counts as zero; up to one it is clamped.
  if (sy < -1 || sy > <f32>xH || sx < -1 || sx > <f32>xW) return;
  sy = max(sy, 0);
  sx = max(sx, 0);
  let top = <i32>sy;
  let left = <i32>sx;
  let bottom = top + 1;
  let right = left + 1;
  if (top >= xH - 1) {
    top = bottom = xH - 1;
    sy = <f32>top;
  }
  if (left >= xW - 1) {
    left = right = xW - 1;
    sx = <f32>left;
  }
  const ly = sy - <f32>top;
  const lx = sx - <f32>left;
  const hy = <f32>1 - ly;
  const hx = <f32>1 - lx;
  const w00 = f32x4.splat(hy * hx);
  const w01 = f32x4.splat(hy * lx);
  const w10 = f32x4.splat(ly * hx);
  const w11 = f32x4.splat(ly * lx);
  const p00 = x + <usize>top * xRow + <usize>left * xPix;
  const p01 = x + <usize>top * xRow + <usize>right * xPix;
  const p10 = x + <usize>bottom * xRow + <usize>left * xPix;
  const p11 = x + <usize>bottom * xRow + <usize>right * xPix;
  for (let i: usize = 0, end = <usize>c * 4; i < end; i += 16) {
    let s = madd(v128.load(p00 + i), w00, v128.load(y + i));
    s = madd(v128.load(p01 + i), w01, s);
    s = madd(v128.load(p10 + i), w10, s);
    v128.store(y + i, madd(v128.load(p11 + i), w11, s));
  }
}

export function roiAlignF32(
  x: usize,
  xRow: usize,
  xPix: usize,
  xH: i32,
  xW: i32,
  c: i32,
  n: i32,
  rois: usize,
  slots: usize,
  spatialScale: f32,
  size: i32,
  sampling: i32,
  y: usize,
): void {
  const pixel = <usize>c * 4;
  const region = <usize>(size * size) * pixel;
  const count = <f32>(sampling * sampling);
  for (let i = 0; i < n; i++, rois += 16) {
    const left = f32.load(rois) * spatialScale;
    const top = f32.load(rois, 4) * spatialScale;
    // Malformed regions are forced to be 1×1.
    const width = max(f32.load(rois, 8) * spatialScale - left, 1);
    const height = max(f32.load(rois, 12) * spatialScale - top, 1);
    const binW = width / <f32>size;
    const binH = height / <f32>size;
    const slot = slots ? load<i32>(slots + <usize>i * 4) : i;
    let to = y + <usize>slot * region;
    for (let py = 0; py < size; py++) {
      for (let px = 0; px < size; px++, to += pixel) {
        for (let b: usize = 0; b < pixel; b += 16) v128.store(to + b, f32x4.splat(0));
        for (let iy = 0; iy < sampling; iy++) {
          const sy = top + <f32>py * binH + ((<f32>iy + 0.5) * binH) / <f32>sampling;
          for (let ix = 0; ix < sampling; ix++) {
            const sx = left + <f32>px * binW + ((<f32>ix + 0.5) * binW) / <f32>sampling;
            addSample(x, xRow, xPix, xH, xW, c, sy, sx, to);
          }
        }
        const scale = f32x4.splat(<f32>1 / count);
        for (let b: usize = 0; b < pixel; b += 16) v128.store(to + b, f32x4.mul(v128.load(to + b), scale));
      }
    }
  }
}
