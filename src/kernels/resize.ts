/**
 * Resizing of maps: where outputs lie, and the nearest input.
 */

/** Position in the input of output `o`, clamped to `0..size-1`. @inline */
export function position(o: i32, scale: f32, shift: f32, size: i32): f32 {
  return min(max((<f32>o + shift) * scale - shift, 0), <f32>(size - 1));
}

/** Input that output `o` takes. @inline */
export function nearest(o: i32, scale: f32, shift: f32, size: i32): i32 {
  return max(min(<i32>floor<f32>((<f32>o + shift) * scale), size - 1), 0);
}

export function resizeNearestF32(
  x: usize,
  xRow: usize,
  xPix: usize,
  xH: i32,
  xW: i32,
  y: usize,
  yRow: usize,
  yPix: usize,
  oy0: i32,
  oy1: i32,
  oW: i32,
  c: i32,
  scaleY: f32,
  scaleX: f32,
  shift: f32,
  add: i32,
): void {
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const row = x + <usize>nearest(oy, scaleY, shift, xH) * xRow;
    for (let ox = 0; ox < oW; ox++) {
      const from = row + <usize>nearest(ox, scaleX, shift, xW) * xPix;
      const to = y + <usize>ox * yPix;
      for (let i: usize = 0, end = <usize>c * 4; i < end; i += 16) {
        const v = v128.load(from + i);
        v128.store(to + i, add ? f32x4.add(v, v128.load(to + i)) : v);
      }
    }
  }
}
