/** What a session of a run computes with: backend and number of threads. */
import * as os from "node:os";
import * as v from "valibot";
import { type BackendChoice, type BackendName, backendNameSchema } from "../../contracts/backend";
import type { Plan } from "../../contracts/plan";
import type { RunEvent, RunEventOf } from "../../contracts/run-event";
import { UserError } from "../../contracts/user-error";
import type { Backend } from "../tensor/backend";

export interface Computing {
  choice: BackendChoice;
  threads: number;
}

/** How a host was asked to compute, beyond the plan. */
export interface HostOptions {
  /** Runs that go on at the same time and share the machine's cores. */
  parallel: number;
  /** Go on with a run by what works here, although its numbers will differ from those it would have had. */
  anyBackend: boolean;
}

/** Backends whose results do not depend on the number of threads: each sum is made by one of them, in one order. */
const independentOfThreads: ReadonlySet<BackendName> = new Set(["webgpu", "wasm", "cpu"]);

/**
 * What the plan asks for, on a machine with `cores`. Threads beyond the cores would wait for each other, many times slower.
 * @throws UserError "bad-plan" for more threads than there are cores.
 */
export function plannedComputing(
  { backend, threads }: Plan["config"]["launch"],
  { parallel }: HostOptions,
  cores = os.availableParallelism(),
): Computing {
  if (threads !== null && threads > cores) {
    throw new UserError(
      "bad-plan",
      `The plan asks for ${threads} threads (launch.threads), and this machine has ${count(cores, "core")}.`,
      `Write \`threads=auto\`, or a number up to ${cores}.`,
    );
  }
  return { choice: backend, threads: threads ?? Math.max(1, Math.floor(cores / parallel)) };
}

/** Threads that may read and tokenize data while nothing is computed yet: as many as will compute. */
export function dataThreads(
  { threads }: Plan["config"]["launch"],
  { parallel }: HostOptions,
  cores = os.availableParallelism(),
): number {
  return Math.min(cores, threads ?? Math.max(1, Math.floor(cores / parallel)));
}

/** What the last session of the run computed with; null when it has none. */
export function recordedComputing(
  events: readonly RunEvent[],
): Pick<RunEventOf<"start">, "backend" | "detail" | "threads"> | null {
  return events.findLast((event) => event.type === "start" || event.type === "resume") ?? null;
}

/**
 * The same as in the session before, so that the run goes on as if it had not been interrupted.
 * @throws UserError "run-changed" when this machine cannot have it; "backend-unavailable" comes later, from the ladder.
 */
export function resumedComputing(
  { backend, threads }: Pick<RunEventOf<"start">, "backend" | "threads">,
  cores = os.availableParallelism(),
): Computing {
  const choice = v.safeParse(backendNameSchema, backend);
  if (!choice.success) {
    throw new UserError(
      "run-changed",
      `The run was computed by "${backend}", which this version does not know.`,
      goOnAnyhow,
    );
  }
  if (threads > cores && !independentOfThreads.has(choice.output)) {
    throw new UserError(
      "run-changed",
      `The run was computed by ${threads} threads of ${backend}, and this machine has ${count(cores, "core")}: the same steps would give other numbers.`,
      `Resume it on a machine with ${threads} cores. ${goOnAnyhow}`,
    );
  }
  return { choice: choice.output, threads: Math.min(threads, cores) };
}

/** For a backend that the plan names. */
export function namedButUnavailable(backend: string, error: UserError): UserError {
  return new UserError(
    "backend-unavailable",
    `The plan names the backend ${backend}, which does not work here: ${error.message}`,
    [error.advice, "`launch local backend=auto` takes the first that works."].filter(Boolean).join(" "),
    { cause: error },
  );
}

/** For a backend that computed the run before and cannot be opened any more. */
export function noLongerAvailable(backend: string, error: UserError): UserError {
  return new UserError(
    "backend-unavailable",
    `The run was computed by ${backend}, which does not work here any more: ${error.message}`,
    [error.advice, goOnAnyhow].filter(Boolean).join(" "),
    { cause: error },
  );
}

/** A sentence when the same backend is not quite the same any more; null when it is. */
export function changeSince(
  before: Pick<RunEventOf<"start">, "backend" | "detail" | "threads">,
  { name, detail, threads }: Pick<Backend, "name" | "detail" | "threads">,
): string | null {
  const describe = (backend: string, detail: string, threads: number) =>
    `${backend} on ${count(threads, "thread")} (${detail})`;
  const was = describe(before.backend, before.detail, before.threads);
  const is = describe(name, detail, threads);
  if (was === is) return null;
  const same = name === before.backend && detail === before.detail && independentOfThreads.has(name);
  const effect = same ? "" : " The numbers can differ a little from those of an uninterrupted run.";
  return `From here on the run is computed by ${is}; before, it was ${was}.${effect}`;
}

const goOnAnyhow =
  "`mos resume RUN --any-backend` (in VS Code, Resume Runs by Any Backend) goes on with what works here; its numbers will differ a little from those of an uninterrupted run.";

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
