import { createHash } from "node:crypto";
import { canonicalJson } from "../../contracts/canonical-json";
import type { Config } from "../../contracts/plan";

/** Identity of what a run does: SHA-256 of the canonical JSON of the config, in hexadecimal. */
export function planHash(config: Config): string {
  return createHash("sha256").update(canonicalJson(config)).digest("hex");
}
