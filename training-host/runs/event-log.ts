/** The append-only record of a run, `events.jsonl`: one synchronous write per record, so that a killed host loses none. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { NewRunEvent, RunEvent } from "../../contracts/run-event";
import { runFolderLayout } from "../../contracts/run-folder";
import { parseEvent } from "../../run-folder/run-files";
import { explainWriteFailure } from "./write-failure";

export class EventLog {
  private constructor(
    private readonly file: string,
    private readonly handle: number,
    private nextSeq: number,
    private size: number,
    private last: RunEvent | null,
  ) {}

  /** Opens the log to append, keeping of what is there what `keep` says; an unfinished last line is cut. */
  static open(runFolder: string, keep: EventsToKeep): EventLog {
    const file = path.join(runFolder, runFolderLayout.events);
    try {
      const handle = fs.openSync(file, "a+");
      const { size } = fs.fstatSync(handle);
      const kept = findKept(readBytes(handle, size), keep);
      if (kept.size !== size) fs.ftruncateSync(handle, kept.size);
      return new EventLog(file, handle, kept.count, kept.size, kept.last);
    } catch (error) {
      throw explainWriteFailure(error, file);
    }
  }

  /** The last record; null when there is none. */
  get lastEvent(): RunEvent | null {
    return this.last;
  }

  /** @throws UserError "disk-full" or "folder-unwritable"; then the log ends with the record before. */
  append(event: NewRunEvent): RunEvent {
    const record = { seq: this.nextSeq, time: new Date().toISOString(), ...event } as RunEvent;
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    try {
      let written = 0;
      while (written < line.length) written += fs.writeSync(this.handle, line, written);
    } catch (error) {
      this.dropUnfinished();
      throw explainWriteFailure(error, this.file);
    }
    this.nextSeq++;
    this.size += line.length;
    this.last = record;
    return record;
  }

  /** Makes what was appended survive a power failure. */
  sync(): void {
    try {
      fs.fsyncSync(this.handle);
    } catch (error) {
      throw explainWriteFailure(error, this.file);
    }
  }

  close(): void {
    fs.closeSync(this.handle);
  }

  /** A full disk can take half a line. Cutting needs no space. */
  private dropUnfinished(): void {
    try {
      fs.ftruncateSync(this.handle, this.size);
    } catch {
      // Readers ignore an unfinished last line; the next open cuts it.
    }
  }
}

/** `throughStep`: every record up to and with that step. `start`: the first record alone, for a run that begins again. */
export type EventsToKeep = { throughStep: number } | "start";

function readBytes(handle: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let read = 0;
  while (read < size) {
    const count = fs.readSync(handle, bytes, read, size - read, read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}

interface Kept {
  count: number;
  /** Bytes. */
  size: number;
  last: RunEvent | null;
}

/** The longest run of whole, valid records from the beginning that `keep` allows: how many, and their bytes. */
function findKept(bytes: Buffer, keep: EventsToKeep): Kept {
  let count = 0;
  let size = 0;
  let last: RunEvent | null = null;
  for (;;) {
    const end = bytes.indexOf(0x0a, size);
    if (end < 0) break;
    const event = parseEvent(bytes.toString("utf8", size, end));
    if (typeof event === "string" || event.seq !== count || !isKept(event, keep)) break;
    count++;
    size = end + 1;
    last = event;
  }
  return { count, size, last };
}

function isKept(event: RunEvent, keep: EventsToKeep): boolean {
  return keep === "start" ? event.seq === 0 && event.type === "start" : event.step <= keep.throughStep;
}
