/**
 * Labels from scores: the highest class at every pixel of a resized map, without the resized map ever existing.
 *
 * The two input rows are mixed once. Between two columns of the mixed row every class's score is a line; most of the classes lie below the
 * highest of all lines' lower ends, and cannot win: only the others are looked at for each pixel. Often one is left.
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
  const pixel = <usize>((classes + 3) & ~3) * 4;
  const list = scratch + <usize>xW * pixel;
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const sy = position(oy, scaleY, shift, xH);
    const iy = <i32>sy;
    const upper = x + <usize>iy * xRow;
    mixRows(upper, iy + 1 < xH ? upper + xRow : upper, xPix, xW, pixel, sy - <f32>iy, scratch);
    let ox = 0;
    while (ox < oW) {
      const ix = <i32>position(ox, scaleX, shift, xW);
      let end = ox + 1;
      while (end < oW && <i32>position(end, scaleX, shift, xW) === ix) end++;
      const left = scratch + <usize>ix * pixel;
      const right = ix + 1 < xW ? left + pixel : left;
      const count = candidates(left, right, classes, list);
      if (count === 1) {
        memory.fill(y + <usize>ox, load<u8>(list), <usize>(end - ox));
        ox = end;
      } else {
        for (; ox < end; ox++) {
          const fraction = position(ox, scaleX, shift, xW) - <f32>ix;
          store<u8>(y + <usize>ox, highest(left, right, fraction, list, count));
        }
      }
    }
  }
}

/** Mixes two rows of `pixels` pixels of scores. */
function mixRows(
  upper: usize,
  lower: usize,
  xPix: usize,
  pixels: i32,
  pixel: usize,
  fraction: f32,
  to: usize,
): void {
  const f = f32x4.splat(fraction);
  for (; pixels > 0; pixels--) {
    for (let i: usize = 0; i < pixel; i += 16) {
      const a = v128.load(upper + i);
      v128.store(to + i, madd(f32x4.sub(v128.load(lower + i), a), f, a));
    }
    upper += xPix;
    lower += xPix;
    to += pixel;
  }
}

/** Lists, in order, the classes that may be the highest between two pixels; at least one. */
function candidates(left: usize, right: usize, classes: i32, list: usize): i32 {
  let bounds = f32x4.splat(-Infinity);
  const whole = classes & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    const at = <usize>i * 4;
    bounds = f32x4.pmax(bounds, f32x4.pmin(v128.load(left + at), v128.load(right + at)));
  }
  let bound = max(
    max(f32x4.extract_lane(bounds, 0), f32x4.extract_lane(bounds, 1)),
    max(f32x4.extract_lane(bounds, 2), f32x4.extract_lane(bounds, 3)),
  );
  for (; i < classes; i++) {
    const at = <usize>i * 4;
    bound = max(bound, min(f32.load(left + at), f32.load(right + at)));
  }
  const limit = f32x4.splat(bound);
  let count: usize = 0;
  for (i = 0; i < classes; i += 4) {
    const at = <usize>i * 4;
    let bits = i32x4.bitmask(f32x4.ge(f32x4.pmax(v128.load(left + at), v128.load(right + at)), limit));
    for (let lane = i; bits; bits >>= 1, lane++) {
      if (bits & 1 && lane < classes) {
        store<i32>(list + 4 * count, lane);
        count++;
      }
    }
  }
  // Scores that are not numbers have no highest.
  if (!count) store<i32>(list, 0);
  return max(<i32>count, 1);
}

/** The highest of the listed classes at a point between two pixels; the first wins a tie. */
function highest(left: usize, right: usize, fraction: f32, list: usize, count: i32): u8 {
  let best: f32 = -Infinity;
  let label = load<i32>(list);
  for (; count > 0; count--, list += 4) {
    const lane = load<i32>(list);
    const at = <usize>lane * 4;
    const a = f32.load(left + at);
    const score = a + (f32.load(right + at) - a) * fraction;
    if (score > best) {
      best = score;
      label = lane;
    }
  }
  return <u8>label;
}
