/**
 * The catalogue: the cards that the repository carries and those that the user added.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { Card } from "../../src/runtime/card.ts";
import { UserError } from "../user-error.ts";
import type { ModelFolders } from "./paths.ts";

/** A card and the file it was read from. */
export interface CatalogueEntry {
  readonly card: Card;
  readonly file: string;
  /** Whether the card is the user's own (`npm run models -- add`). */
  readonly own: boolean;
}

/** The name of a user's card beside the converted model. */
export const OWN_CARD = "card.json";

/**
 * Reads and checks one card.
 *
 * @throws {UserError} naming the file and every field that is wrong.
 */
export async function readCard(file: string): Promise<Card> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new UserError(`Cannot read the card ${file}: ${(error as Error).message}`);
  }
  const parsed = Card.safeParse(json);
  if (!parsed.success) {
    throw new UserError(`The card ${file} is not valid. ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

/** All cards by name, the repository's first. */
export async function readCatalogue(folders: ModelFolders): Promise<Map<string, CatalogueEntry>> {
  const entries = new Map<string, CatalogueEntry>();
  for (const name of (await readdir(folders.cards)).sort()) {
    if (!name.endsWith(".json")) continue;
    const file = path.join(folders.cards, name);
    const card = await readCard(file);
    entries.set(card.name, { card, file, own: false });
  }
  for (const name of await listFolders(folders.build)) {
    const file = path.join(folders.build, name, OWN_CARD);
    if (entries.has(name)) continue;
    try {
      entries.set(name, { card: await readCard(file), file, own: true });
    } catch (error) {
      // A folder without a card is not a user's model; a card that does not parse is reported by name.
      if (error instanceof UserError && !error.message.startsWith("Cannot read")) throw error;
    }
  }
  return entries;
}

/** Finds a card by name. @throws {UserError} listing the names there are. */
export function findCard(catalogue: ReadonlyMap<string, CatalogueEntry>, name: string): CatalogueEntry {
  const entry = catalogue.get(name);
  if (!entry) {
    throw new UserError(`There is no model named "${name}". Known: ${[...catalogue.keys()].join(", ")}.`);
  }
  return entry;
}

/** The labels of a card: its own list, or a file of `models/labels`. */
export async function readLabels(card: Card, folders: ModelFolders): Promise<string[]> {
  if (Array.isArray(card.labels)) return card.labels;
  const file = path.join(folders.labels, `${path.basename(card.labels)}.json`);
  try {
    return z.array(z.string()).parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    throw new UserError(
      `The card of ${card.name} names labels "${card.labels}", but ${file} is not a list of strings. ` +
        "Give the labels in the card, or the name of a file in models/labels.",
    );
  }
}

/** Names of the folders in `folder`, sorted; none where it does not exist. Names with a leading dot are work in progress. */
export async function listFolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
