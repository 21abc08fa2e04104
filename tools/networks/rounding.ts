/** Rounds to the nearest integer, halves to the even one: the processor's default, `nearbyint` in C. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
