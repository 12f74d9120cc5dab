import { createHash, type Hash } from "node:crypto";
import type { ContentHash } from "./repository-file";

/** Git hashes a blob together with its length: `blob <bytes>\0<content>` (git-hash-object(1)). */
export function startHash({ kind }: ContentHash, size: number): Hash {
  return kind === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
}
