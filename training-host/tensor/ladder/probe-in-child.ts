/** Tries a backend in a process of its own: a bad native library may abort it, hang, or print what it likes. */
import { type ChildProcess, spawn } from "node:child_process";
import * as path from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import type { BackendName } from "../../../contracts/backend";
import { type BackendProbe, backendProbeSchema, failedProbe, PROBE_ANSWER } from "./backend-probe";

/** A GPU's driver may take seconds to wake up; nothing that works takes this long. */
const MOST_SECONDS = 20;

export interface ProbeProgram {
  script: string;
  mostSeconds: number;
}

/** `MOS_PROBE_SECONDS` is for machines that are slower than all we know. */
export function probeProgram(environment: NodeJS.ProcessEnv = process.env): ProbeProgram {
  const named = Number(environment.MOS_PROBE_SECONDS);
  return { script: path.join(__DIST__, "backend-probe.js"), mostSeconds: named > 0 ? named : MOST_SECONDS };
}

/** How a process ended that gave no answer. */
interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  complaints: string;
}

/** Never throws. `adviceAfterCrash`: what to do when the process ends without an answer. */
export async function probeInChild(
  name: BackendName,
  adviceAfterCrash: string,
  { script, mostSeconds }: ProbeProgram = probeProgram(),
): Promise<BackendProbe> {
  const child = spawn(process.execPath, [script, name], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    // SIGTERM would wait for a library that does not come back.
    child.kill("SIGKILL");
  }, 1000 * mostSeconds);
  try {
    const [answer, complaints, { code, signal }] = await Promise.all([
      text(child.stdio[PROBE_ANSWER] as Readable),
      text(child.stderr!),
      endOf(child),
    ]);
    const result = v.safeParse(v.pipe(v.string(), v.parseJson(), backendProbeSchema), answer);
    if (result.success) return result.output;
    return failedProbe(describeEnd({ code, signal, timedOut, complaints }, mostSeconds), adviceAfterCrash);
  } catch (error) {
    return failedProbe(`The process that tries it could not be started: ${(error as Error).message}.`, "");
  } finally {
    clearTimeout(timer);
  }
}

function endOf(child: ChildProcess): Promise<Pick<End, "code" | "signal">> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

function describeEnd({ code, signal, timedOut, complaints }: End, mostSeconds: number): string {
  if (timedOut) return `The process that tried it gave no answer within ${mostSeconds} s.`;
  const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
  const last = lastLine(complaints);
  return `The process that tried it ${how}${last === "" ? "" : ` (${last})`}.`;
}

/** The line that says why, as far as one can tell: stacks and blank lines come after it. */
function lastLine(complaints: string): string {
  const lines = complaints.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => line !== "" && !/^(at |Node\.js v|\^|----- )/.test(line));
  return (telling.at(-1) ?? "").replace(/\.$/, "").slice(0, 200);
}
