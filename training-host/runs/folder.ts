/** Run folders: made when a run is queued, opened by the host that owns the run. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Plan } from "../../contracts/plan";
import { RUN_FOLDER_VERSION, type RunRecord, runFolderLayout } from "../../contracts/run-folder";
import { UserError } from "../../contracts/user-error";
import { makeFolders } from "../../run-folder/make-folders";
import { readRunRecord } from "../../run-folder/run-files";
import { writeDurably } from "./durable-file";
import { planHash } from "./plan-hash";
import { explainingWrites } from "./write-failure";

export interface CreatedRun {
  record: RunRecord;
  /** Absolute. */
  folder: string;
}

/**
 * Freezes `plan` in a new run folder under `runsDirectory`, which is made when it is not there.
 * @throws UserError "bad-plan" when the plan's hash is not that of its config; "folder-unwritable"; "disk-full".
 */
export function createRunFolder(plan: Plan, runsDirectory: string, now: Date): CreatedRun {
  requireTrueHash(plan.hash, plan.config, `The plan of ${plan.name}`);
  const { runId, folder } = claimFolder(path.resolve(runsDirectory), plan.id, now);
  const record: RunRecord = {
    version: RUN_FOLDER_VERSION,
    runId,
    created: now.toISOString(),
    product: __VERSION__,
    plan,
  };
  writeDurably(path.join(folder, runFolderLayout.plan), `${JSON.stringify(record, null, 2)}\n`);
  return { record, folder };
}

/**
 * Reads the frozen plan of a run.
 * @throws UserError "bad-run" when the folder is no run's; "run-changed" when the plan was edited after it was frozen.
 */
export function openRunFolder(folder: string): RunRecord {
  const record = readRunRecord(folder);
  const file = path.join(folder, runFolderLayout.plan);
  requireTrueHash(record.plan.hash, configAsWritten(file), file, "run-changed");
  return record;
}

/** Reading fills in the keys that came after the plan was made; its hash is of the config without them. */
function configAsWritten(file: string): unknown {
  const record = JSON.parse(fs.readFileSync(file, "utf8")) as { plan: { config: unknown } };
  return record.plan.config;
}

function requireTrueHash(
  hash: string,
  config: unknown,
  what: string,
  reason: "bad-plan" | "run-changed" = "bad-plan",
): void {
  if (planHash(config) === hash) return;
  throw new UserError(
    reason,
    `${what} does not match its hash: its config was changed after it was made.`,
    reason === "run-changed" ? "A frozen plan must not be edited; start a new run instead." : "",
  );
}

/** Two launches in one second are told apart by a suffix: making the folder is what claims the id. */
function claimFolder(runsDirectory: string, planId: string, now: Date): { runId: string; folder: string } {
  explainingWrites(runsDirectory, () => makeFolders(runsDirectory));
  const base = `${compactTime(now)}-${shortenId(planId)}`;
  for (let suffix = 1; ; suffix++) {
    const runId = suffix === 1 ? base : `${base}-${suffix}`;
    const folder = path.join(runsDirectory, runId);
    try {
      fs.mkdirSync(folder);
      return { runId, folder };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw explainingWrites(folder, () => {
        throw error;
      });
    }
  }
}

/** Coordinated universal time, so that the order of ids is the order of time. */
function compactTime(time: Date): string {
  const [date, clock] = time.toISOString().split("T") as [string, string];
  return `${date.replaceAll("-", "")}-${clock.slice(0, 8).replaceAll(":", "")}`;
}

/** File systems allow 255 bytes per name; a sweep's id can be longer. Its end, the hash, is what tells plans apart. */
function shortenId(planId: string): string {
  const most = 160;
  const hashLength = 9;
  if (planId.length <= most) return planId;
  return planId.slice(0, most - hashLength) + planId.slice(-hashLength);
}
