/**
 * Between planar (NCHW) and channels-last (NHWC) floats.
 */

export function toPixelsF32(m: i32, channels: i32, x: usize, xPlane: usize, y: usize, yPix: usize): void {
  const padded = (channels + 3) & ~3;
  for (let c = 0; c < padded; c++) {
    let from = x + <usize>c * xPlane;
    let to = y + <usize>c * 4;
    const real = c < channels;
    for (let i = m; i > 0; i--) {
      f32.store(to, real ? f32.load(from) : 0);
      from += 4;
      to += yPix;
    }
  }
}

export function toPlanesF32(m: i32, channels: i32, x: usize, xPix: usize, y: usize, yPlane: usize): void {
  for (let c = 0; c < channels; c++) {
    let from = x + <usize>c * 4;
    let to = y + <usize>c * yPlane;
    for (let i = m; i > 0; i--) {
      f32.store(to, f32.load(from));
      from += xPix;
      to += 4;
    }
  }
}
