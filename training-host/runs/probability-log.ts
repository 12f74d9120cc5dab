/**
 * `prob_log.jsonl`, in the format of the authors' code: `{"step":n,"<dataset>":p,...}` per update, step 0 being the prior.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { runFolderLayout } from "../../contracts/run-folder";
import { explainWriteFailure } from "./write-failure";

export class ProbabilityLog {
  private constructor(private readonly file: string) {}

  /** Opens the log to append, keeping the lines up to and with `throughStep`; -1: none. */
  static open(runFolder: string, throughStep: number): ProbabilityLog {
    const file = path.join(runFolder, runFolderLayout.probabilities);
    try {
      const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
      const kept = lines.findIndex((line) => !(stepOf(line) <= throughStep));
      const text = (kept < 0 ? lines : lines.slice(0, kept)).map((line) => `${line}\n`).join("");
      fs.closeSync(fs.openSync(file, "a"));
      fs.truncateSync(file, Buffer.byteLength(text));
    } catch (error) {
      throw explainWriteFailure(error, file);
    }
    return new ProbabilityLog(file);
  }

  append(step: number, p: ReadonlyMap<string, number>): void {
    try {
      fs.appendFileSync(this.file, `${JSON.stringify({ step, ...Object.fromEntries(p) })}\n`);
    } catch (error) {
      throw explainWriteFailure(error, this.file);
    }
  }
}

/** NaN when the line is no record. */
function stepOf(line: string): number {
  try {
    const { step } = JSON.parse(line) as { step?: unknown };
    return typeof step === "number" ? step : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
