import { describe, expect, it } from "vitest";
import { type BuildName, noise, openSandbox } from "./sandbox.ts";

describe.each<BuildName>(["relaxed", "simd"])("softmaxF32, %s", (build) => {
  const sandbox = openSandbox(build);

  it.each([1, 2, 3, 4, 5, 8, 21, 91, 1000])("of %i classes", (classes) => {
    sandbox.reset();
    const rows = { rows: 3, length: classes, stride: 4 * classes + 16 };
    const logits = noise(3 * classes, 3).map((value) => value * 40);
    const x = sandbox.inputRows(logits, rows);
    const y = sandbox.outputRows(rows);
    sandbox.run((kernels) => kernels.softmaxF32(3, classes, x, rows.stride, y, rows.stride));
    const actual = sandbox.rows(y, rows);
    for (let i = 0; i < 3; i++) {
      const row = Array.from(logits.subarray(i * classes, (i + 1) * classes));
      const top = Math.max(...row);
      const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
      row.forEach((value, j) => {
        const expected = Math.exp(value - top) / sum;
        expect(Math.abs((actual[i * classes + j] as number) - expected)).toBeLessThanOrEqual(
          1e-6 * expected + 1e-12,
        );
      });
    }
  });
});
