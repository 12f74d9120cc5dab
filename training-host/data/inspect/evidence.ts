import { stat } from "node:fs/promises";
import { fileIdentity } from "../../../contracts/data-inspection";

/** null: there is nothing at `path`. */
export async function identityOfPath(path: string): Promise<string | null> {
  const facts = await stat(path, { bigint: true }).catch(() => null);
  return facts && fileIdentity(facts);
}
