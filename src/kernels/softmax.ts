/**
 * Softmax of rows.
 */
import { exp4, prepareExp } from "./exp";

/** e^x of one float. @inline */
function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

export function softmaxF32(m: i32, c: i32, x: usize, ldx: usize, y: usize, ldy: usize): void {
  prepareExp();
  const whole = <usize>(c & ~3) * 4;
  const end = <usize>c * 4;
  for (; m > 0; m--, x += ldx, y += ldy) {
    let top = f32.load(x);
    for (let i: usize = 4; i < end; i += 4) top = max(top, f32.load(x + i));
    const top4 = f32x4.splat(top);
    let sums = f32x4.splat(0);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const e = exp4(f32x4.sub(v128.load(x + i), top4));
      sums = f32x4.add(sums, e);
      v128.store(y + i, e);
    }
    let sum =
      f32x4.extract_lane(sums, 0) +
      f32x4.extract_lane(sums, 1) +
      (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    for (; i < end; i += 4) {
      const e = exp1(f32.load(x + i) - top);
      sum += e;
      f32.store(y + i, e);
    }
    const scale = <f32>1 / sum;
    for (i = 0; i < whole; i += 16) v128.store(y + i, f32x4.mul(v128.load(y + i), f32x4.splat(scale)));
    for (; i < end; i += 4) f32.store(y + i, f32.load(y + i) * scale);
  }
}
