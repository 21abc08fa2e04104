/**
 * Decoded samples of a component: the last two bands of it, so that memory grows with the width alone.
 *
 * @module
 */
import type { ComponentLayout, Layout } from "./scale.ts";

/** Two bands (rows of MCUs) of a component's samples, row-major; sample row r is row `r % rows`. */
export interface Plane {
  readonly layout: ComponentLayout;
  readonly samples: Uint8ClampedArray;
  /** Samples a row: whole blocks of whole MCUs. */
  readonly stride: number;
  /** Rows that are kept. */
  readonly rows: number;
}

/** Planes for all components of a layout. */
export function createPlanes(layout: Layout): Plane[] {
  return layout.components.map((component) => {
    const stride = component.paddedBlocksWide * component.dctSize;
    const rows = 2 * component.v * component.dctSize;
    return { layout: component, samples: new Uint8ClampedArray(stride * rows), stride, rows };
  });
}

/** Offset of the first sample of a row of blocks, `row` counted in blocks from the top of the picture. */
export function blockRowOffset(plane: Plane, row: number): number {
  return ((row * plane.layout.dctSize) % plane.rows) * plane.stride;
}
