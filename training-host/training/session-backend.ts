/** The backend of one session of a run: what the session before had, or what the plan asks for. */
import type { BackendChoice } from "../../contracts/backend";
import type { Plan } from "../../contracts/plan";
import type { RunEventOf } from "../../contracts/run-event";
import { UserError } from "../../contracts/user-error";
import type { Backend } from "../tensor/backend";
import { Ladder, type LadderTools, type PassedOver } from "../tensor/ladder/ladder";
import {
  changeSince,
  type HostOptions,
  namedButUnavailable,
  noLongerAvailable,
  plannedComputing,
  resumedComputing,
} from "./computing";

type Recorded = Pick<RunEventOf<"start">, "backend" | "detail" | "threads">;

export class SessionBackend {
  private readonly ladder: Ladder;
  private readonly planned: BackendChoice;
  /** What must be had again; null: nothing must. */
  private readonly wanted: Recorded | null;

  /**
   * `before`: what computed the session that this one goes on from; null for the first.
   * @throws UserError when the machine has not the cores for it.
   */
  constructor(
    plan: Plan,
    private readonly before: Recorded | null,
    options: HostOptions,
    tools?: LadderTools,
  ) {
    this.wanted = options.anyBackend ? null : before;
    const { choice, threads } = this.wanted
      ? resumedComputing(this.wanted)
      : plannedComputing(plan.config.launch, options);
    this.planned = choice;
    this.ladder = new Ladder(choice, threads, tools);
  }

  get passedOver(): readonly PassedOver[] {
    return this.ladder.passedOver;
  }

  /** Whether a backend that has too little memory would be passed over. */
  get mayMoveOn(): boolean {
    return this.ladder.mayMoveOn;
  }

  /** @throws UserError "backend-unavailable". */
  async open(): Promise<Backend> {
    try {
      return await this.ladder.open();
    } catch (error) {
      const isGone = error instanceof UserError && error.reason === "backend-unavailable";
      if (!isGone) throw error;
      if (this.wanted) throw noLongerAvailable(this.wanted.backend, error);
      throw this.planned === "auto" ? error : namedButUnavailable(this.planned, error);
    }
  }

  /** True: the backend cannot hold the run, and `open` gives the next one. */
  passOver(error: unknown): boolean {
    return this.ladder.passOver(error);
  }

  /** What is not as it was in the session before, in a sentence; null when all is. */
  changeOf(backend: Backend): string | null {
    return this.before === null ? null : changeSince(this.before, backend);
  }
}
