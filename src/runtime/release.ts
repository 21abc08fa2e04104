/**
 * Gives the memory of large arrays back when they have been read.
 *
 * @module
 */

/**
 * Frees what arrays lie in, at once: V8 would hold it until it collects garbage, which it has little reason to do while its own heap is small, and an
 * isolate's limit counts it. The arrays, and all others on the same buffers, are empty from then on (ECMAScript, `ArrayBuffer.prototype.transfer`).
 *
 * @param arrays of the caller alone, none of them in WebAssembly memory
 */
export function release(...arrays: readonly ArrayBufferView[]): void {
  // Browsers and Node of before 2024: there it is left to garbage collection.
  if (!("transfer" in ArrayBuffer.prototype)) return;
  for (const { buffer } of arrays) {
    if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
  }
}
