/**
 * Matrix products. (Conventions: `../module.ts`.)
 *
 * @module
 */

/** Matrix products of floats. */
export interface MatrixKernels {
  /**
   * Matrix product with epilogue; a pointwise (1×1) convolution with `m` pixels. XNNPACK: f32-gemm 4x8.
   *
   * c[i][j] = act(bias[j] + Σk a[i][k] · w[k][j] + residual[i][j])
   *
   * @param m rows (pixels), any number
   * @param n output channels, a multiple of 4
   * @param k input channels, a multiple of 4
   * @param a first row, `k` floats; `lda` bytes from row to row
   * @param w weights packed by `convLayout` (one tap)
   * @param c result, `ldc` bytes from row to row; may be the residual itself, must not overlap `a`
   * @param residual added before the activation, `ldr` bytes from row to row; 0 for none
   */
  gemmF32(
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    w: number,
    c: number,
    ldc: number,
    residual: number,
    ldr: number,
    act: number,
    lo: number,
    hi: number,
  ): void;

  /**
   * {@link MatrixKernels.gemmF32} with weights stored as fp16 (`convLayoutF16`), widened block by block into `scratch`
   * ({@link GEMM_F16_SCRATCH_BYTES}). For weights that would be large in float, and many rows (fc6 of Faster R-CNN).
   */
  gemmF32W16(
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    w: number,
    c: number,
    ldc: number,
    residual: number,
    ldr: number,
    act: number,
    lo: number,
    hi: number,
    scratch: number,
  ): void;
}

/** Bytes of scratch that {@link MatrixKernels.gemmF32W16} widens weights into. */
export const GEMM_F16_SCRATCH_BYTES = 4 * (1024 + 1) * 32;
