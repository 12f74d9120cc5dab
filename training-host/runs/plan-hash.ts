import { createHash } from "node:crypto";
import { canonicalJson } from "../../contracts/canonical-json";

/** Identity of what a run does: SHA-256 of the canonical JSON of the plan's config, in hexadecimal. */
export function planHash(config: unknown): string {
  return createHash("sha256").update(canonicalJson(config)).digest("hex");
}
