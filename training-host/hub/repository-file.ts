/** A file of a repository as the Hub lists it. The list comes from outside: every name and number is checked before it is used. */
import * as v from "valibot";

export interface RepositoryFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** null: the list does not tell; the answer to a download does. */
  readonly hash: ContentHash | null;
  /** What Python's list of files holds besides: git's name of the content or its pointer, and that of the Hub's other storage. */
  readonly blobId?: string;
  readonly xetHash?: string;
}

/** `sha256` of the content (large files), or git's SHA-1 of the content as a blob (small ones). */
export interface ContentHash {
  readonly kind: "sha256" | "git";
  readonly hex: string;
}

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** An entry of the Hub's `/tree`. */
export const treeEntrySchema = v.object({
  type: v.string(),
  path: v.string(),
  size: v.optional(size, 0),
  oid: v.optional(v.string()),
  lfs: v.nullish(v.object({ oid: v.string(), size })),
  xetHash: v.nullish(v.string()),
});

export type TreeEntry = v.InferOutput<typeof treeEntrySchema>;

export function fileOfEntry({ path, size, oid, lfs, xetHash }: TreeEntry): RepositoryFile {
  return {
    path,
    size: lfs?.size ?? size,
    // A large file's `oid` is that of its pointer.
    hash: lfs ? hashOf(lfs.oid, "sha256") : oid === undefined ? null : hashOf(oid, "git"),
    ...(oid ? { blobId: oid } : {}),
    ...(xetHash ? { xetHash } : {}),
  };
}

/** What an ETag is: the Hub uses the content's hash; a mirror may use something else, which tells nothing about the content. */
export function hashOfEtag(etag: string): ContentHash | null {
  const value = etag.replace(/^W\//, "").replaceAll('"', "");
  return hashOf(value, "sha256") ?? hashOf(value, "git");
}

const digits = { sha256: 64, git: 40 } as const;

function hashOf(hex: string, kind: ContentHash["kind"]): ContentHash | null {
  return /^[0-9a-f]+$/.test(hex) && hex.length === digits[kind] ? { kind, hex } : null;
}

/** Why a file of this name is not written anywhere; null: it is harmless. What leads elsewhere is refused on every system. */
export function nameProblem(name: string, platform: NodeJS.Platform = process.platform): string | null {
  const parts = name.split(/[\\/]/);
  if (name === "" || name.length > 1000) return "its name is empty or too long";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\x00-\x1f\x7f]/.test(name)) return "its name holds control characters";
  if (/^[\\/]/.test(name) || parts.some((part) => /^[a-zA-Z]:/.test(part)))
    return "its name is an absolute path";
  if (parts.includes("..")) return 'its name leads out of the repository ("..")';
  if (name.includes("\\") || parts.some((part) => part === "" || part === "."))
    return "its name is no plain path";
  // Windows takes "a:b" for a stream of the file "a", and "con.json" for a device.
  const isWindows = platform === "win32";
  if (isWindows && parts.some((part) => /[<>:"|?*]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(part)))
    return "Windows has no such names";
  return null;
}

/** A name from outside as it is shown to people. */
export function shownName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them.
  const printable = name.replace(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, "\u{fffd}");
  return printable.length > 120 ? `${printable.slice(0, 117)}...` : printable;
}
