/**
 * Element by element: binary operations, activations, copies.
 */
import { activate, activateRows, setActivation } from "./activation";

const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;
const MIN = 4;

/** One of BINARY's operations. @inline */
function apply(op: i32, a: v128, b: v128): v128 {
  if (op === ADD) return f32x4.add(a, b);
  if (op === MUL) return f32x4.mul(a, b);
  if (op === SUB) return f32x4.sub(a, b);
  if (op === DIV) return f32x4.div(a, b);
  return op === MIN ? f32x4.min(a, b) : f32x4.max(a, b);
}

export function binaryF32(
  op: i32,
  m: i32,
  c: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  y: usize,
  ldy: usize,
  act: i32,
  lo: f32,
  hi: f32,
): void {
  setActivation(act, lo, hi);
  const row = <usize>c * 4;
  if (lda === row && ldb === row && ldy === row) {
    // Rows that follow each other are one.
    c *= m;
    m = 1;
  }
  for (; m > 0; m--) {
    for (let i: usize = 0, end = <usize>c * 4; i < end; i += 16) {
      v128.store(y + i, activate(apply(op, v128.load(a + i), v128.load(b + i))));
    }
    activateRows(1, c, y, ldy);
    a += lda;
    b += ldb;
    y += ldy;
  }
}

export function unaryF32(
  m: i32,
  c: i32,
  x: usize,
  ldx: usize,
  y: usize,
  ldy: usize,
  act: i32,
  lo: f32,
  hi: f32,
): void {
  setActivation(act, lo, hi);
  if (ldx === <usize>c * 4 && ldy === ldx) {
    c *= m;
    m = 1;
  }
  for (; m > 0; m--) {
    for (let i: usize = 0, end = <usize>c * 4; i < end; i += 16)
      v128.store(y + i, activate(v128.load(x + i)));
    activateRows(1, c, y, ldy);
    x += ldx;
    y += ldy;
  }
}
