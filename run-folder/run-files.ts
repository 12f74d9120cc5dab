/** Reads the files of a run folder. Everything read is validated; a torn last line of `events.jsonl` is left for later. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { type RunEvent, runEventSchema } from "../contracts/run-event";
import {
  type HostDiscovery,
  hostDiscoverySchema,
  type LauncherRecord,
  launcherRecordSchema,
  type RunRecord,
  type RunResult,
  runFolderLayout,
  runRecordSchema,
  runResultSchema,
} from "../contracts/run-folder";
import { UserError } from "../contracts/user-error";

/** A line of `events.jsonl` that is not a run event, or does not follow the one before it. */
export interface EventProblem {
  file: string;
  /** 1-based. */
  line: number;
  message: string;
}

export interface EventsRead {
  events: RunEvent[];
  /** Byte offset after the last complete line: where to read on. */
  offset: number;
  problems: EventProblem[];
}

/** @throws UserError "bad-run" when `plan.json` is missing or is not a run record. */
export function readRunRecord(folder: string): RunRecord {
  const file = path.join(folder, runFolderLayout.plan);
  const text = readIfThere(file);
  if (text === null) {
    throw new UserError("bad-run", `${folder} is not a run folder: it has no ${runFolderLayout.plan}.`);
  }
  return parseFile(runRecordSchema, text, file);
}

/** The identity of the host that owns the run, or null when none does (no file, or not a complete one). */
export function readDiscovery(folder: string): HostDiscovery | null {
  return readLeniently(hostDiscoverySchema, path.join(folder, runFolderLayout.discovery));
}

/** The launcher that started or will start the host, or null. */
export function readLauncher(folder: string): LauncherRecord | null {
  return readLeniently(launcherRecordSchema, path.join(folder, runFolderLayout.launcher));
}

/** @throws UserError "bad-run" when `result.json` is there but is not a result. null: the run has not finished. */
export function readResult(folder: string): RunResult | null {
  const file = path.join(folder, runFolderLayout.result);
  const text = readIfThere(file);
  return text === null ? null : parseFile(runResultSchema, text, file);
}

/**
 * The events from byte `fromOffset` on, which must be 0 or the `offset` of an earlier reading.
 * Lines that are no events are reported and skipped.
 */
export function readEvents(folder: string, fromOffset = 0): EventsRead {
  const file = path.join(folder, runFolderLayout.events);
  const bytes = readBytesFrom(file, fromOffset);
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const events: RunEvent[] = [];
  const problems: EventProblem[] = [];
  if (end === 0) return { events, offset: fromOffset, problems };
  const lines = bytes.toString("utf8", 0, end - 1).split("\n");
  for (const [index, line] of lines.entries()) {
    const parsed = parseEvent(line);
    if (typeof parsed !== "string") events.push(parsed);
    else problems.push({ file, line: index + 1, message: parsed });
  }
  if (problems.length > 0) shiftLines(problems, countLines(file, fromOffset));
  return { events, offset: fromOffset + end, problems };
}

/** The last complete event, read from the end of the file; null when there is none. */
export function readLastEvent(folder: string): RunEvent | null {
  const file = path.join(folder, runFolderLayout.events);
  for (let window = 16 * 1024; ; window *= 16) {
    const size = sizeOf(file);
    const from = Math.max(0, size - window);
    const bytes = readBytesFrom(file, from);
    const lines = bytes.toString("utf8", 0, Math.max(0, bytes.lastIndexOf(NEWLINE))).split("\n");
    // The first line is cut unless the window begins where the file does.
    const complete = from === 0 ? lines : lines.slice(1);
    const last = lastParsed(complete);
    if (last !== null || from === 0) return last;
  }
}

/** The first event, which says how many steps the run takes; null when there is none yet. */
export function readFirstEvent(folder: string): RunEvent | null {
  const file = path.join(folder, runFolderLayout.events);
  for (let window = 16 * 1024; ; window *= 16) {
    const bytes = readBytesFrom(file, 0, window);
    const end = bytes.indexOf(NEWLINE);
    if (end >= 0) {
      const parsed = parseEvent(bytes.toString("utf8", 0, end));
      return typeof parsed === "string" ? null : parsed;
    }
    if (bytes.length < window) return null;
  }
}

/** One line of `events.jsonl` as an event, or a sentence that says what is wrong with it. */
export function parseEvent(line: string): RunEvent | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return `not JSON: ${JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}...` : line)}.`;
  }
  const result = v.safeParse(schemaOf(value), value);
  return result.success ? result.output : `not a run event: ${firstIssue(result.issues)}`;
}

const NEWLINE = 0x0a;

/** By type: trying every variant's schema in turn, as valibot does, takes most of the time of reading 300 runs. */
const schemasByType = new Map<unknown, v.GenericSchema<unknown, RunEvent>>(
  runEventSchema.options.map((option) => [option.entries.type.literal, option]),
);

function schemaOf(value: unknown): v.GenericSchema<unknown, RunEvent> {
  const type = typeof value === "object" && value !== null ? (value as { type?: unknown }).type : undefined;
  return schemasByType.get(type) ?? runEventSchema;
}

function lastParsed(lines: readonly string[]): RunEvent | null {
  for (let index = lines.length - 1; index >= 0; index--) {
    const parsed = parseEvent(lines[index]!);
    if (typeof parsed !== "string") return parsed;
  }
  return null;
}

function parseFile<T>(schema: v.GenericSchema<unknown, T>, text: string, file: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError("bad-run", `${file} is not JSON.`, "", { cause: error });
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new UserError("bad-run", `${file} is not what this version writes: ${firstIssue(result.issues)}`);
}

/** For files that another process replaces while we look: an unreadable one counts as absent. */
function readLeniently<T>(schema: v.GenericSchema<unknown, T>, file: string): T | null {
  try {
    const result = v.safeParse(schema, JSON.parse(fs.readFileSync(file, "utf8")));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

function firstIssue(issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const where = v.getDotPath(issues[0]);
  return where ? `\`${where}\`: ${issues[0].message}.` : `${issues[0].message}.`;
}

function readIfThere(file: string): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (isAbsence(error)) return null;
    throw unreadable(file, error);
  }
}

function readBytesFrom(file: string, from: number, most = Number.POSITIVE_INFINITY): Buffer {
  let handle: number;
  try {
    handle = fs.openSync(file, "r");
  } catch (error) {
    if (isAbsence(error)) return Buffer.alloc(0);
    throw unreadable(file, error);
  }
  try {
    const length = Math.min(most, Math.max(0, fs.fstatSync(handle).size - from));
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, fs.readSync(handle, bytes, 0, length, from));
  } finally {
    fs.closeSync(handle);
  }
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function countLines(file: string, before: number): number {
  if (before === 0) return 0;
  const bytes = readBytesFrom(file, 0, before);
  let lines = 0;
  for (const byte of bytes) if (byte === NEWLINE) lines++;
  return lines;
}

function shiftLines(problems: EventProblem[], by: number): void {
  for (const problem of problems) problem.line += by;
}

function isAbsence(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function unreadable(file: string, error: unknown): UserError {
  return new UserError("bad-run", `${file} cannot be read: ${(error as Error).message}.`, "", {
    cause: error,
  });
}
