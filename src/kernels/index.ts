/** The kernels' exports; documented in src/runtime/engines/kernels/module.ts. */
export { argmaxResizedF32 } from "./argmax";
export { convF32 } from "./conv";
export { depthwiseF32 } from "./depthwise";
export { binaryF32, unaryF32 } from "./elementwise";
export { gemmF32, gemmF32W16 } from "./gemm";
export { widenF16 } from "./half";
export { toPixelsF32, toPlanesF32 } from "./layout";
export { averagePoolF32, maxPoolF32, sumPixelsF32 } from "./pool";
export { resizeBilinearF32, resizeNearestF32 } from "./resize";
export { roiAlignF32 } from "./roi-align";
export { softmaxF32 } from "./softmax";
export { transposed2x2F32 } from "./transposed";
export { unfoldPlanarF32, unfoldU8 } from "./unfold";
