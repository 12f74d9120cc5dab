import { UserError } from "../../../contracts/user-error";

/** "json" is an array, or JSON lines all the same: its first character tells. */
export type TextForm = "lines" | "json" | "csv" | "tsv";

export type FileForm = { form: TextForm; packed: "gzip" | "zstd" | null } | { form: "parquet"; packed: null };

const packings: Record<string, "gzip" | "zstd"> = { ".gz": "gzip", ".zst": "zstd", ".zstd": "zstd" };

const forms: Record<string, TextForm | "parquet"> = {
  ".jsonl": "lines",
  ".ndjson": "lines",
  ".json": "json",
  ".csv": "csv",
  ".tsv": "tsv",
  ".parquet": "parquet",
};

/** What a file holds, by its name. Throws UserError "file-unreadable". */
export function formOf(shown: string): FileForm {
  const outer = suffixOf(shown);
  const packed = packings[outer] ?? null;
  const suffix = packed === null ? outer : suffixOf(shown.slice(0, -outer.length));
  const form = forms[suffix];
  if (form === undefined) {
    const found = suffix === "" ? "without a suffix" : `ending in "${suffix}"`;
    throw new UserError(
      "file-unreadable",
      `${shown}: files ${found} cannot be read.`,
      "Use JSON lines (.jsonl, .ndjson), a JSON array (.json), a table (.csv, .tsv, .parquet); all but Parquet also as .gz or .zst.",
    );
  }
  if (form !== "parquet") return { form, packed };
  if (packed === null) return { form, packed };
  throw new UserError(
    "file-unreadable",
    `${shown}: a Parquet file inside of ${packed} cannot be read.`,
    "Unpack it: Parquet is compressed by itself.",
  );
}

function suffixOf(name: string): string {
  return (/[^/\\](\.[^./\\]+)$/.exec(name)?.[1] ?? "").toLowerCase();
}
