/**
 * The manifest: the root of trust. `npm run models -- install` writes it, the Worker bundles it, and R2 holds bytes only.
 *
 * @module
 */
import * as z from "zod";
import { Card } from "./card.ts";

/** An immutable object in R2: its key carries its digest. */
const StoredFile = z.strictObject({
  /** `<sha256>/<file name>`. */
  key: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0),
});
export type StoredFile = z.infer<typeof StoredFile>;

/** One graph of a model: the `.onnx` file and its `.onnx.data`. */
const StoredGraph = z.strictObject({
  graph: StoredFile,
  weights: StoredFile,
  /** The name by which the graph refers to its data file. */
  weights_location: z.string(),
});
export type StoredGraph = z.infer<typeof StoredGraph>;

/** The names of the variants, most exact first. */
export const VariantName = z.enum(["fp32", "int8"]);
export type VariantName = z.infer<typeof VariantName>;

/** How an int8 variant was made of the fp32 one, and how far it answers as that does. */
export const Quantization = z.strictObject({
  /** Pictures that the ranges were observed on, and the answers compared on. */
  pictures: z.int().min(1),
  agreement: z.strictObject({
    /** What was compared: a classifier's best labels, a detector's boxes over 0.5 (same label, IoU of 0.9), a mask's pixels. */
    of: z.enum(["labels", "boxes", "pixels"]),
    compared: z.int().min(0),
    /** 0 to 1. */
    share: z.number().min(0).max(1),
  }),
  /** Values that stay in fp32, and layers with weights up to ±127, by the fp32 graph's names. */
  exact: z.array(z.string()),
  wide: z.array(z.string()),
});
export type Quantization = z.infer<typeof Quantization>;

const StoredVariant = z.strictObject({
  /** Digest over the variant's files: what answers name as the model's `sha256`. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** By role: `model` for networks of one graph, `rpn` and `box_head` for Faster R-CNN. */
  graphs: z.record(z.string(), StoredGraph),
  /** Where the variant was quantized here. */
  quantization: Quantization.optional(),
});
export type StoredVariant = z.infer<typeof StoredVariant>;

/**
 * How far the weights were checked: `verified` (full digest of the card), `verified (8 digits)`, `embedded` (part of this repository or of an
 * npm package pinned by the lockfile), `own` (the user's card and file), `unverified`.
 */
export const Verification = z.enum(["verified", "verified (8 digits)", "embedded", "own", "unverified"]);
export type Verification = z.infer<typeof Verification>;

export const ManifestModel = z.strictObject({
  /** The card, its labels resolved to the list. */
  card: Card.extend({ labels: z.array(z.string()) }),
  /** The set of weights installed (`IMAGENET1K_V2`), where the card names several. */
  weights: z.string().optional(),
  verification: Verification,
  default_variant: VariantName,
  variants: z.partialRecord(VariantName, StoredVariant),
});
export type ManifestModel = z.infer<typeof ManifestModel>;

/** The whole manifest. */
export const Manifest = z.strictObject({
  version: z.literal(1),
  /** Installed models by name. */
  models: z.record(z.string(), ManifestModel),
  /** Models that have a card but are not installed, with what installs them. */
  known: z.record(
    z.string(),
    z.strictObject({ task: z.enum(["classification", "detection", "segmentation"]), install: z.string() }),
  ),
});
export type Manifest = z.infer<typeof Manifest>;
