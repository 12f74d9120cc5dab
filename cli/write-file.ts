import * as fs from "node:fs";
import * as path from "node:path";
import { UserError, type UserErrorReason } from "../contracts/user-error";
import { makeFolders } from "../run-folder/make-folders";

/** Writes a file that the user named, with its folder. @throws UserError when it cannot be written. */
export function writeFile(file: string, text: string): void {
  try {
    makeFolders(path.dirname(path.resolve(file)));
    fs.writeFileSync(file, text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason: UserErrorReason = code === "ENOSPC" ? "disk-full" : "folder-unwritable";
    throw new UserError(reason, `${file} cannot be written: ${message}.`, "", { cause: error });
  }
}
