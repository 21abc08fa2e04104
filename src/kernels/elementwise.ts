/**
 * Element by element: binary operations, activations, copies.
 */
import { activate, activateRows, NONE, setActivation } from "./activation";

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

/**
 * A row of plain operations, four vectors at a time: with nothing else in the loop, memory is what holds it.
 * @inline
 */
function plainRow(op: i32, a: usize, b: usize, y: usize, end: usize): void {
  for (; y + 64 <= end; y += 64) {
    v128.store(y, apply(op, v128.load(a), v128.load(b)));
    v128.store(y, apply(op, v128.load(a, 16), v128.load(b, 16)), 16);
    v128.store(y, apply(op, v128.load(a, 32), v128.load(b, 32)), 32);
    v128.store(y, apply(op, v128.load(a, 48), v128.load(b, 48)), 48);
    a += 64;
    b += 64;
  }
  for (; y < end; y += 16) {
    v128.store(y, apply(op, v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
}

/** Rows of products: by the gates of squeeze-and-excitation. */
function mulRows(
  m: i32,
  bytes: usize,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  y: usize,
  ldy: usize,
): void {
  for (; m > 0; m--, a += lda, b += ldb, y += ldy) plainRow(MUL, a, b, y, y + bytes);
}

/** Rows of sums: of residuals, and of the levels of a pyramid. */
function addRows(
  m: i32,
  bytes: usize,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  y: usize,
  ldy: usize,
): void {
  for (; m > 0; m--, a += lda, b += ldb, y += ldy) plainRow(ADD, a, b, y, y + bytes);
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
  const row = <usize>c * 4;
  if (lda === row && ldb === row && ldy === row) {
    // Rows that follow each other are one.
    c *= m;
    m = 1;
  }
  if (act === NONE && op === MUL) {
    mulRows(m, <usize>c * 4, a, lda, b, ldb, y, ldy);
    return;
  }
  if (act === NONE && op === ADD) {
    addRows(m, <usize>c * 4, a, lda, b, ldb, y, ldy);
    return;
  }
  setActivation(act, lo, hi);
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
