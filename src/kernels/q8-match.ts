import { mayMeet } from "./q8-limit";
import { QUAD_BYTES, TAP_HEADER, TILE_HEADER } from "./q8-tiles";

/** Exchanges two quads. */
function exchange(quads: usize, order: usize, i: i32, j: i32): void {
  const a = order + ((<usize>i) << 1);
  const b = order + ((<usize>j) << 1);
  const k = load<u16>(a);
  store<u16>(a, load<u16>(b));
  store<u16>(b, k);
  const x = quads + <usize>i * QUAD_BYTES;
  const y = quads + <usize>j * QUAD_BYTES;
  const x0 = v128.load(x);
  const x1 = v128.load(x, 16);
  v128.store(x, v128.load(y));
  v128.store(x, v128.load(y, 16), 16);
  v128.store(y, x0);
  v128.store(y, x1, 16);
}

/** Whether two quads may meet. @inline */
function fits(quads: usize, i: i32, j: i32): bool {
  return mayMeet(quads + <usize>i * QUAD_BYTES, quads + <usize>j * QUAD_BYTES);
}

/** Lets quads that have no partner, `u` and the next, take those of another octet. */
function part(quads: usize, order: usize, u: i32, octets: i32): void {
  for (let t = 0; t < octets; t += 2) {
    if (fits(quads, u, t) && fits(quads, u + 1, t + 1)) {
      exchange(quads, order, u + 1, t);
      return;
    }
    if (fits(quads, u, t + 1) && fits(quads, u + 1, t)) {
      exchange(quads, order, u + 1, t + 1);
      return;
    }
  }
}

/** Orders the quads of a tap. */
function matchTap(quads: usize, order: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<u16>(order + ((<usize>i) << 1), 4 * i);
  // Those from here on have found no partner.
  let end = count;
  let t = 0;
  while (t < end) {
    let j = t + 1;
    while (j < end && !fits(quads, t, j)) j++;
    if (j < end) {
      exchange(quads, order, t + 1, j);
      t += 2;
    } else {
      exchange(quads, order, t, --end);
    }
  }
  for (let u = end; u < count; u += 2) part(quads, order, u, end);
}

export function matchQuadsQ8(tile: usize, tiles: i32, taps: i32, k: i32, orders: usize): void {
  let order = orders;
  for (; tiles > 0; tiles--) {
    tile += TILE_HEADER;
    for (let tap = 0; tap < taps; tap++) {
      store<u32>(tile, order - orders, 44);
      matchTap(tile + TAP_HEADER, order, k >> 2);
      order += <usize>k >> 1;
      tile += TAP_HEADER + <usize>k * 8;
    }
  }
}

export function restoreQuadsQ8(tile: usize, tiles: i32, taps: i32, k: i32, orders: usize): void {
  for (; tiles > 0; tiles--) {
    tile += TILE_HEADER;
    for (let tap = 0; tap < taps; tap++) {
      for (let i = 0; i < k >> 2; i++) {
        const at = orders + ((<usize>i) << 1);
        while (load<u16>(at) !== 4 * i) exchange(tile + TAP_HEADER, orders, i, load<u16>(at) >> 2);
      }
      orders += <usize>k >> 1;
      tile += TAP_HEADER + <usize>k * 8;
    }
  }
}
