import { expect } from "vitest";

/** Expects equal bytes. Much faster than `toEqual` on arrays of this size, and it says where the first difference is. */
export function expectSamePixels(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  const index = actual.findIndex((value, i) => value !== expected[i]);
  const difference = index < 0 ? undefined : { index, actual: actual[index], expected: expected[index] };
  expect(difference).toBeUndefined();
}
