/**
 * Finds an installed model for a command that needs one.
 *
 * @module
 */
import { UserError } from "../user-error.ts";
import { findCard, readCatalogue } from "./catalogue.ts";
import type { ModelFolders } from "./paths.ts";
import { readRecord, type StoreRecord } from "./store.ts";

/** The record of an installed model. @throws {UserError} with the names that there are, or with what installs it */
export async function findInstalled(folders: ModelFolders, name: string): Promise<StoreRecord> {
  const record = await readRecord(folders, name);
  if (record) return record;
  findCard(await readCatalogue(folders), name);
  throw new UserError(`${name} is not installed. Run: npm run models -- install ${name}`);
}
