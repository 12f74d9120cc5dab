import * as fs from "node:fs";
import * as path from "node:path";
import { type SampleRunOptions, sampleRun, writeSampleRun } from "../unit/run-folder/sample-run";
import { workspaceFolder } from "./extension-under-test";

/** Runs in the workspace's `.mos/runs`, written beside the extension's back; `remove` takes them away again. */
export class SampleRuns {
  private readonly folders: string[] = [];

  /** @returns the run's folder. */
  add(options: SampleRunOptions): string {
    const run = sampleRun(options);
    run.record.plan.file = path.join(workspaceFolder(), "small.mos");
    run.record.plan.baseDirectory = workspaceFolder();
    const folder = writeSampleRun(path.join(workspaceFolder(), ".mos/runs"), run);
    this.folders.push(folder);
    return folder;
  }

  remove(): void {
    for (const folder of this.folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
  }
}
