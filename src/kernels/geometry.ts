/** Which taps of a kernel lie on the map. */

/** First tap t >= 0 with `start + t · dilation >= 0`. @inline */
export function firstTap(start: i32, dilation: i32): i32 {
  return start >= 0 ? 0 : (dilation - 1 - start) / dilation;
}

/** End of the taps: smallest t, at most `taps`, with `start + t · dilation >= size`. @inline */
export function endTap(start: i32, dilation: i32, size: i32, taps: i32): i32 {
  const end = start >= size ? 0 : (size - start + dilation - 1) / dilation;
  return min(end, taps);
}
