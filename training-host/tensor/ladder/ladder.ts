/** Chooses the backend of a run: the one that the plan names, or for `auto` the first of `backendNames` that works here. */
import { type BackendChoice, type BackendName, backendNames } from "../../../contracts/backend";
import type { RunEventOf } from "../../../contracts/run-event";
import { UserError } from "../../../contracts/user-error";
import type { Backend } from "../backend";
import { openBackend } from "../backends";
import type { Unavailability } from "./rungs";
import { type ProbeTools, probeAfresh, probeTools, remembered, softwareIsSlow } from "./trying-out";

export type PassedOver = RunEventOf<"start">["passedOver"][number];

export interface LadderTools extends ProbeTools {
  open(name: BackendName, threads: number): Promise<Backend>;
}

export const ladderTools = (): LadderTools => ({ ...probeTools(), open: openBackend });

export class Ladder {
  /** What was better and did not work, in order. */
  readonly passedOver: PassedOver[] = [];
  private readonly names: readonly BackendName[];
  private at = 0;

  constructor(
    private readonly choice: BackendChoice,
    private readonly threads: number,
    private readonly tools: LadderTools = ladderTools(),
  ) {
    this.names = choice === "auto" ? backendNames : [choice];
  }

  /** The first backend from here on that works. @throws UserError "backend-unavailable". */
  async open(): Promise<Backend> {
    for (; this.at < this.names.length; this.at++) {
      const name = this.names[this.at]!;
      try {
        await this.require(name);
        return await this.tools.open(name, this.threads);
      } catch (error) {
        if (this.choice !== "auto") throw error;
        this.note(name, (error as Error).message);
      }
    }
    const reasons = this.passedOver.map(({ backend, reason }) => `${backend}: ${reason}`).join(" ");
    throw new UserError("backend-unavailable", `No backend works here. ${reasons}`, "Run `mos doctor`.");
  }

  /**
   * The backend that was opened last turned out not to do for this run. True: `open` gives the next one. Only a GPU is passed
   * over so, whose memory is too small; a CPU backend shares its memory with all that come after it.
   */
  passOver(error: unknown): boolean {
    const isTooSmall = error instanceof UserError && error.reason === "out-of-memory";
    if (!this.mayMoveOn || !isTooSmall) return false;
    this.note(this.names[this.at]!, error.message);
    this.at++;
    return true;
  }

  /** Whether `passOver` would go on for want of memory. */
  get mayMoveOn(): boolean {
    return this.choice === "auto" && this.tools.rungs[this.names[this.at]!].gpu;
  }

  private note(backend: BackendName, reason: string): void {
    this.passedOver.push({ backend, reason });
  }

  private async require(name: BackendName): Promise<void> {
    const rung = this.tools.rungs[name];
    const missing = rung.whyMissing();
    if (missing !== null) throw unavailable(missing);
    if (!rung.isolated) return;
    // Whoever names a backend may have repaired what no file shows.
    const known = remembered(name, this.tools);
    const isFinal = known !== null && (known.works || this.choice === "auto");
    const probe = isFinal ? known : await probeAfresh(name, this.tools);
    if (!probe.works) throw unavailable(probe);
    if (probe.software && this.choice === "auto") throw unavailable(softwareIsSlow(probe));
  }
}

function unavailable({ detail, advice }: Unavailability): UserError {
  return new UserError("backend-unavailable", detail, advice);
}
