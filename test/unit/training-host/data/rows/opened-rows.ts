import path from "node:path";
import type { UserError } from "../../../../../contracts/user-error";
import type { ScannedRow } from "../../../../../training-host/data/rows/dataset-row";
import type { RowLocation } from "../../../../../training-host/data/rows/find-data-files";
import { openRows, type RowSource } from "../../../../../training-host/data/rows/row-source";

export const fixtures = path.resolve(import.meta.dirname, "../../../../fixtures/data");

/** Opens, hands over, closes. The cache is a folder `cache` in the base directory, unless another is given. */
export async function withRows<T>(
  location: { path: string; baseDirectory: string },
  use: (rows: RowSource) => Promise<T>,
  cacheFolder = path.join(location.baseDirectory, "cache"),
): Promise<T> {
  const rows = await openRows(location, { cacheFolder });
  try {
    return await use(rows);
  } finally {
    await rows.close();
  }
}

export async function scanned(rows: RowSource, from?: number, to?: number): Promise<ScannedRow[]> {
  const all: ScannedRow[] = [];
  for await (const row of rows.scan(from, to)) all.push(row);
  return all;
}

/** Values of all rows; throws at a malformed one. */
export async function valuesOf(folder: string, name: string, cacheFolder?: string): Promise<unknown[]> {
  return withRows(
    { path: name, baseDirectory: folder },
    async (rows) =>
      (await scanned(rows)).map((row) => {
        if (row.malformed !== null) throw row.malformed;
        return row.value;
      }),
    cacheFolder,
  );
}

/** What a user is told: of the opening, or else of the first malformed row. */
export async function complaint(folder: string, name: string): Promise<string> {
  try {
    await valuesOf(folder, name);
    return "read without complaint";
  } catch (error) {
    const { reason, message, advice } = error as UserError;
    return `${reason} | ${message}${advice ? ` ${advice}` : ""}`.replaceAll(folder, "DIR");
  }
}

export async function failsToOpen(location: RowLocation, cacheFolder: string): Promise<UserError> {
  try {
    await (await openRows(location, { cacheFolder })).close();
  } catch (error) {
    return error as UserError;
  }
  throw new Error("it was opened");
}
