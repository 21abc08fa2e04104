/**
 * Labels from scores: the highest class at every pixel of a resized map, without the resized map ever existing.
 */
import { position } from "./resize";
import { madd } from "./simd";

export function argmaxResizedF32(
  x: usize,
  xRow: usize,
  xPix: usize,
  xH: i32,
  xW: i32,
  classes: i32,
  y: usize,
  yRow: usize,
  oy0: i32,
  oy1: i32,
  oW: i32,
  scaleY: f32,
  scaleX: f32,
  shift: f32,
  scratch: usize,
): void {
  const lanes = (classes + 3) & ~3;
  const pixel = <usize>lanes * 4;
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const sy = position(oy, scaleY, shift, xH);
    const iy = <i32>sy;
    const fy = f32x4.splat(sy - <f32>iy);
    let upper = x + <usize>iy * xRow;
    let lower = iy + 1 < xH ? upper + xRow : upper;
    // The two rows are mixed once; each pixel of the result then mixes two columns.
    let to = scratch;
    for (let ix = 0; ix < xW; ix++) {
      for (let i: usize = 0; i < pixel; i += 16) {
        const a = v128.load(upper + i);
        v128.store(to + i, madd(f32x4.sub(v128.load(lower + i), a), fy, a));
      }
      upper += xPix;
      lower += xPix;
      to += pixel;
    }
    for (let ox = 0; ox < oW; ox++) {
      const sx = position(ox, scaleX, shift, xW);
      const ix = <i32>sx;
      const fx = sx - <f32>ix;
      const left = scratch + <usize>ix * pixel;
      const right = ix + 1 < xW ? left + pixel : left;
      store<u8>(y + <usize>ox, argmaxOf(left, right, fx, classes));
    }
  }
}

/** Index of the largest of `classes` mixtures of two rows; the lowest wins a tie. */
function argmaxOf(left: usize, right: usize, fx: f32, classes: i32): u8 {
  const f = f32x4.splat(fx);
  let best = f32x4.splat(-Infinity);
  let where = i32x4.splat(0);
  let index = i32x4(0, 1, 2, 3);
  const four = i32x4.splat(4);
  for (let i = 0; i < classes; i += 4) {
    const a = v128.load(left);
    let v = madd(f32x4.sub(v128.load(right), a), f, a);
    if (i + 4 > classes) {
      // Padding lanes never win.
      v = v128.bitselect(v, f32x4.splat(-Infinity), i32x4.lt_s(index, i32x4.splat(classes)));
    }
    const more = f32x4.gt(v, best);
    best = v128.bitselect(v, best, more);
    where = v128.bitselect(index, where, more);
    index = i32x4.add(index, four);
    left += 16;
    right += 16;
  }
  let top = f32x4.extract_lane(best, 0);
  let at = i32x4.extract_lane(where, 0);
  const v1 = f32x4.extract_lane(best, 1);
  const i1 = i32x4.extract_lane(where, 1);
  if (v1 > top || (v1 === top && i1 < at)) {
    top = v1;
    at = i1;
  }
  const v2 = f32x4.extract_lane(best, 2);
  const i2 = i32x4.extract_lane(where, 2);
  if (v2 > top || (v2 === top && i2 < at)) {
    top = v2;
    at = i2;
  }
  const v3 = f32x4.extract_lane(best, 3);
  const i3 = i32x4.extract_lane(where, 3);
  if (v3 > top || (v3 === top && i3 < at)) at = i3;
  return <u8>at;
}
