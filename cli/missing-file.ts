import { UserError } from "../contracts/user-error";

export function missingFile(file: string): UserError {
  return new UserError("file-missing", `There is no file ${file}.`, "Correct the path.");
}
