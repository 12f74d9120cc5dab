/** What the run is doing right now, for clients that watch; nothing here is recorded. */
import type { Phase, ProgressParams } from "../../contracts/host-protocol";

/** Steps over which loss and speed are averaged. */
const RECENT_STEPS = 20;

interface RecentStep {
  loss: number;
  tokens: number;
  seconds: number;
}

export class Progress {
  private phase: Phase = "loading";
  private phaseShare: number | null = null;
  private phaseSecondsLeft: number | null = null;
  private step = 0;
  private steps = 0;
  private p: Record<string, number> = {};
  private recent: RecentStep[] = [];
  /** Steps done and seconds used since this host began to train. */
  private sessionSteps = 0;
  private sessionStart: number | null = null;

  /** `now`: seconds. */
  constructor(private readonly now: () => number) {}

  /** `secondsLeft`: of the phase, where it can tell. */
  enter(phase: Phase, share: number | null = null, secondsLeft: number | null = null): void {
    this.phase = phase;
    this.phaseShare = share;
    this.phaseSecondsLeft = secondsLeft;
  }

  /** Training goes on after `step` of `steps`. */
  beginTraining(step: number, steps: number, p: ReadonlyMap<string, number>): void {
    this.step = step;
    this.steps = steps;
    this.sessionStart = this.now();
    this.setProbabilities(p);
    this.enter("training");
  }

  setProbabilities(p: ReadonlyMap<string, number>): void {
    this.p = Object.fromEntries(p);
  }

  finishStep(step: number, done: RecentStep): void {
    this.step = step;
    this.sessionSteps++;
    this.recent.push(done);
    if (this.recent.length > RECENT_STEPS) this.recent.shift();
  }

  snapshot(): ProgressParams {
    return {
      phase: this.phase,
      step: this.step,
      steps: this.steps,
      phaseShare: this.phase === "training" ? null : this.phaseShare,
      loss: this.meanLoss(),
      tokensPerSecond: this.tokensPerSecond(),
      secondsLeft: this.secondsLeft() ?? this.phaseSecondsLeft,
      p: this.p,
    };
  }

  private meanLoss(): number | null {
    const losses = this.recent.map(({ loss }) => loss).filter(Number.isFinite);
    return losses.length === 0 ? null : sum(losses) / losses.length;
  }

  private tokensPerSecond(): number | null {
    const seconds = sum(this.recent.map((step) => step.seconds));
    return seconds > 0 ? sum(this.recent.map((step) => step.tokens)) / seconds : null;
  }

  /** Counts rewards and evaluations in, because it goes by the wall clock. */
  private secondsLeft(): number | null {
    if (this.sessionStart === null || this.sessionSteps === 0) return null;
    return ((this.now() - this.sessionStart) / this.sessionSteps) * (this.steps - this.step);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
