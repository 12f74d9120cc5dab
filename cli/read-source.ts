import * as fs from "node:fs";
import { UserError } from "../contracts/user-error";

/** Text of a file; null when there is none. @throws UserError when it is there and cannot be read, or is not UTF-8. */
export function readSource(file: string): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(fs.readFileSync(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (error instanceof TypeError) {
      throw new UserError("bad-encoding", `${file} is not UTF-8 text.`, "Save it as UTF-8.", {
        cause: error,
      });
    }
    throw new UserError("file-unreadable", `${file} cannot be read: ${message}.`, "", { cause: error });
  }
}
