import { describe, expect, test } from "vitest";
import type { Outputs, Session } from "../../../src/runtime/engines/engine.ts";
import { release } from "../../../src/runtime/release.ts";
import { readOutputs } from "../../../src/runtime/tasks/read-outputs.ts";

describe("release", () => {
  test("empties arrays, and others on their buffers", () => {
    const array = new Uint8Array(16);
    const half = array.subarray(8);
    const other = new Float32Array(4);
    release(half, other);
    expect([array.length, half.length, other.length]).toEqual([0, 0, 0]);
  });

  test("may be done again", () => {
    const array = new Uint8Array(16);
    release(array, array);
    release(array);
    expect(array).toHaveLength(0);
  });
});

describe("readOutputs", () => {
  const session: Session = {
    engine: "kernels",
    inputs: [],
    outputs: [],
    run: async () => ({ scores: { dims: [3], data: Float32Array.of(1, 2, 3) } }),
    close: async () => undefined,
  };

  test("gives outputs until they have been read", async () => {
    let kept: Outputs = {};
    const sum = await readOutputs(session, {}, async (outputs) => {
      kept = outputs;
      return outputs.scores.data.reduce((total, score) => total + score, 0);
    });
    expect(sum).toBe(6);
    expect(kept.scores.data).toHaveLength(0);
  });

  test("releases them where reading fails, too", async () => {
    let kept: Outputs = {};
    const read = readOutputs(session, {}, (outputs) => {
      kept = outputs;
      throw new TypeError("of another shape");
    });
    await expect(read).rejects.toThrow("of another shape");
    expect(kept.scores.data).toHaveLength(0);
  });
});
