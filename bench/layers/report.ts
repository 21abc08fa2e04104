/**
 * What was found out about layers, for people.
 *
 * @module
 */
import { type Row, writeReport } from "../harness/report.ts";
import { significant } from "../harness/statistics.ts";
import type { RoofsBySet } from "./protocol.ts";
import { isLargePointwise, KERNEL_BAR, type LayerRow, NOTABLE, POINTWISE_BAR, rateKinds } from "./rate.ts";
import type { GraphLayers } from "./run.ts";

const percent = (share: number) => Math.round(100 * share);

/** The roofs in a line. */
function roofsText({ answer: { roofs } }: GraphLayers): string {
  const giga = (rate: number) => (rate / 1e6).toFixed(0);
  const sets = (list: RoofsBySet) =>
    list.map(([bytes, rate]) => `${giga(rate)} GB/s (${bytes >> 10} KiB)`).join(", ");
  return (
    `${(roofs.macs / 1e6).toFixed(1)} GMAC/s of floats, ${giga(roofs.byteMacs)} of bytes; ` +
    `copy ${sets(roofs.copies)}; read ${sets(roofs.reads)}`
  );
}

/** A graph's layers as text: by kind, then the slowest first. */
export function layersText(graph: GraphLayers): string {
  const { answer, rows, model, variant, role, size } = graph;
  const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const part = (milliseconds: number) => `${((100 * milliseconds) / total).toFixed(1).padStart(5)} %`;
  const kinds = rateKinds(rows).map(({ kind, milliseconds, share }) =>
    [
      `${milliseconds.toFixed(3).padStart(8)} ms`,
      part(milliseconds),
      `${percent(share)} % of its roof  ${kind}`,
    ].join("  "),
  );
  const layers = rows
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
    .map(({ milliseconds, share, gmacs, gbs, roof, name, operation, dims, calls }) =>
      [
        `${milliseconds.toFixed(3).padStart(8)} ms`,
        part(milliseconds),
        `${gmacs.toFixed(1).padStart(5)} GMAC/s`,
        `${gbs.toFixed(1).padStart(5)} GB/s`,
        `${percent(share).toString().padStart(4)} % of ${roof === "memory" ? "memory" : "macs  "}`,
        `${calls}`.padStart(4),
        `${operation} ${dims.join("×")} ${name}`,
      ].join("  "),
    );
  return [
    `${model} ${variant}, ${role}, ${size.join("×")}: ${answer.run.toFixed(2)} ms a run, ${total.toFixed(2)} ms in calls`,
    `roofs: ${roofsText(graph)}`,
    "",
    ...kinds,
    "",
    ...layers,
  ].join("\n");
}

/** Why a layer, or a kind of kernel, is below its bar. */
function misses(graph: GraphLayers): string[] {
  const where = `${graph.model} ${graph.variant} ${graph.role}`;
  const pointwise = graph.rows
    .filter((row) => isLargePointwise(row) && row.share < POINTWISE_BAR)
    .map(
      ({ dims, k, share, milliseconds, name }: LayerRow) =>
        `- ${where}: ${name}, ${k} to ${dims.join("×")}, ${significant(milliseconds)} ms: ${percent(share)} %`,
    );
  const kinds = rateKinds(graph.rows)
    .filter(({ part, share }) => part > NOTABLE && share < KERNEL_BAR)
    .map(
      ({ kind, part, share }) => `- ${where}: ${kind}, ${percent(part)} % of the time: ${percent(share)} %`,
    );
  return [...kinds, ...pointwise];
}

/** Writes `bench/results/layers.{json,md}`: a row for each kind of kernel of each graph. @param command what reproduces it */
export async function writeLayersReport(graphs: readonly GraphLayers[], command: string): Promise<void> {
  const rows = graphs.flatMap((graph): Row[] => {
    const large = graph.rows.filter(isLargePointwise);
    const least = large.length > 0 ? Math.min(...large.map(({ share }) => share)) : null;
    return rateKinds(graph.rows).map(({ kind, layers, milliseconds, part, share }) => ({
      model: graph.model,
      variant: graph.variant,
      graph: graph.role,
      input: graph.size.join("x"),
      kernel: kind,
      layers,
      ms: significant(milliseconds),
      part_percent: significant(100 * part, 2),
      roof_percent: percent(share),
      least_large_percent: kind === "pointwise" && least !== null ? percent(least) : null,
    }));
  });
  const below = graphs.flatMap(misses);
  await writeReport({
    name: "layers",
    title: "Layers",
    command,
    notes: [
      "Each kernel call timed where it stands in warm runs, in workerd (the best of its times), and held to the lower of two roofs, measured in the " +
        "same run: multiply-adds on registers alone (twelve accumulators), and memory by a copy (by a read, for products of a matrix and a vector) of as " +
        "many bytes as the call touches: weights, input and output. `part_percent`: of the time in calls; `roof_percent`: of the roof; " +
        "`least_large_percent`: the lowest of the pointwise convolutions of 64 or more inputs and 32 or more pixels. `layers <model>` prints every layer.",
      ...graphs.slice(0, 1).map((graph) => `Roofs: ${roofsText(graph)}.`),
      below.length === 0
        ? `No kernel of more than ${percent(NOTABLE)} % of a graph's time is below ${percent(KERNEL_BAR)} %, no large pointwise convolution below ${percent(POINTWISE_BAR)} %.`
        : [
            `Below the bars (${percent(KERNEL_BAR)} % for kernels of more than ${percent(NOTABLE)} % of the time, ${percent(POINTWISE_BAR)} % for large pointwise convolutions):`,
            "",
            ...below,
          ].join("\n"),
    ],
    rows,
  });
}
