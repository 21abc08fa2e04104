/**
 * Extra steps of octets (q8-tiles.ts): what would overflow a sum of 16 bits is taken from the weights and packed apart.
 */
import { LIMIT, mayMeet } from "./q8-limit";
import { EXTRA_BYTES, QUAD_BYTES, TAP_HEADER, TILE_HEADER } from "./q8-tiles";

/** The weights of a pair that have a sign, added up without it. @inline */
function amount(pair: usize, sign: i32): i32 {
  return max(sign * load<i8>(pair), 0) + max(sign * load<i8>(pair, 1), 0);
}

/** Whether so many extra steps of each of an octet's quads take all that exceeds the limit. */
function suffice(octet: usize, first: i32, second: i32): bool {
  for (let pair = octet; pair < octet + QUAD_BYTES; pair += 2) {
    for (let sign = -1; sign < 2; sign += 2) {
      const a = amount(pair, sign);
      const b = amount(pair + QUAD_BYTES, sign);
      if (a + b - LIMIT > min(a, first * LIMIT) + min(b, second * LIMIT)) return false;
    }
  }
  return true;
}

/** Moves what exceeds the limit from a quad of an octet to an extra step, as far as one can hold it. */
function takeStep(quad: usize, other: usize, extra: usize, k: i32): void {
  memory.fill(extra, 0, EXTRA_BYTES);
  store<u32>(extra, k);
  extra += 4;
  for (let at: usize = 0; at < QUAD_BYTES; at += 2) {
    for (let sign = -1; sign < 2; sign += 2) {
      const own = amount(quad + at, sign);
      let left = min(own + amount(other + at, sign) - LIMIT, min(own, LIMIT));
      for (let i = at; i < at + 2 && left > 0; i++) {
        const weight = <i32>load<i8>(quad + i);
        const part = min(left, sign * weight);
        if (part <= 0) continue;
        store<i8>(quad + i, weight - sign * part);
        store<i8>(extra + i, sign * part);
        left -= part;
      }
    }
  }
}

/**
 * Takes what exceeds the limit from an octet, in as few steps as can be. Gives their number.
 *
 * @param first first K of its quads
 * @param second likewise
 * @param extra where the steps go; 0 only counts them
 */
function takeOctet(octet: usize, first: i32, second: i32, extra: usize): i32 {
  if (mayMeet(octet, octet + QUAD_BYTES)) return 0;
  // Two steps of each quad hold all there is.
  let steps = 1;
  let ofFirst = 1;
  while (!suffice(octet, ofFirst, steps - ofFirst)) {
    if (ofFirst === 0 || steps - ofFirst === 2) ofFirst = min(++steps, 2);
    else ofFirst--;
  }
  if (extra) {
    for (let i = 0; i < steps; i++, extra += EXTRA_BYTES) {
      if (i < ofFirst) takeStep(octet, octet + QUAD_BYTES, extra, first);
      else takeStep(octet + QUAD_BYTES, octet, extra, second);
    }
  }
  return steps;
}

export function takeExtrasQ8(tile: usize, tiles: i32, taps: i32, k: i32, extras: usize, orders: usize): i32 {
  // Places count from the orders where there are some.
  const start = orders ? extras - orders : 0;
  let count = 0;
  let b = tile;
  for (; tiles > 0; tiles--) {
    b += TILE_HEADER;
    for (let tap = 0; tap < taps; tap++) {
      const header = b;
      const before = count;
      b += TAP_HEADER;
      for (let i = 0; i < k; i += 8, b += 2 * QUAD_BYTES) {
        const extra = extras ? extras + <usize>count * EXTRA_BYTES : 0;
        if (orders) {
          count += takeOctet(b, load<u16>(orders), load<u16>(orders, 2), extra);
          orders += 4;
        } else {
          count += takeOctet(b, i, i + 4, extra);
        }
      }
      if (!extras) continue;
      store<u32>(header, start + <usize>before * EXTRA_BYTES, 32);
      store<u32>(header, count - before, 36);
    }
  }
  return count;
}
