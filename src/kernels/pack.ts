/**
 * Packing of weights as they stream in (src/runtime/engines/kernels/packing): a run of a source's elements to their places.
 */

/** Elements of 4 bytes (floats) or 2 (halves), by `T`. */
function pack<T>(
  x: usize,
  n: i32,
  start: i32,
  y: usize,
  taps: i32,
  minor: i32,
  outputsFirst: bool,
  inputStride: i32,
  tapStride: i32,
  group: i32,
  groupStride: i32,
  offset: i32,
): void {
  let tap = start % taps;
  let inner = (start / taps) % minor;
  let outer = start / taps / minor;
  const step = <usize>tapStride * sizeof<T>();
  while (n > 0) {
    const output = outputsFirst ? outer : inner;
    const input = outputsFirst ? inner : outer;
    const at = (output / group) * groupStride + (output % group) + offset + input * inputStride;
    if (taps === 1 && outputsFirst) {
      // All inputs of an output lie evenly.
      const run = min(n, minor - inner);
      copyApart<T>(x, run, y + <usize>at * sizeof<T>(), <usize>inputStride * sizeof<T>());
      x += <usize>run * sizeof<T>();
      n -= run;
      inner = 0;
      outer++;
      continue;
    }
    const run = min(n, taps - tap);
    copyApart<T>(x, run, y + <usize>(at + tap * tapStride) * sizeof<T>(), step);
    x += <usize>run * sizeof<T>();
    n -= run;
    tap = 0;
    if (++inner === minor) {
      inner = 0;
      outer++;
    }
  }
}

/** Copies `n` elements to places `stride` bytes apart. @inline */
function copyApart<T>(x: usize, n: i32, y: usize, stride: usize): void {
  for (; n > 0; n--) {
    store<T>(y, load<T>(x));
    x += sizeof<T>();
    y += stride;
  }
}

export function packWords(
  x: usize,
  n: i32,
  start: i32,
  y: usize,
  taps: i32,
  minor: i32,
  outputsFirst: bool,
  inputStride: i32,
  tapStride: i32,
  group: i32,
  groupStride: i32,
  offset: i32,
): void {
  pack<u32>(x, n, start, y, taps, minor, outputsFirst, inputStride, tapStride, group, groupStride, offset);
}

export function packHalves(
  x: usize,
  n: i32,
  start: i32,
  y: usize,
  taps: i32,
  minor: i32,
  outputsFirst: bool,
  inputStride: i32,
  tapStride: i32,
  group: i32,
  groupStride: i32,
  offset: i32,
): void {
  pack<u16>(x, n, start, y, taps, minor, outputsFirst, inputStride, tapStride, group, groupStride, offset);
}
