import { machineName } from "../../run-view/machine-text";
import type { RunView } from "../../run-view/run-view";
import { element, setText } from "../element";
import { formatBytes, formatCount, formatLoss, formatNumber, formatSeconds } from "../number-format";
import { isLive, type PanelRunState } from "../panel-runs";
import { phaseWords } from "../run-status-text";
import { statusBadge, updateStatusBadge } from "../status-badge";
import type { PanelHost } from "../vscode-api";

/** Milliseconds in which a pressed button does not take another press. */
const PAUSE = 3000;

/** Name, status, progress, key facts and the run's buttons. */
export class RunHeader {
  readonly root: HTMLElement;
  private readonly name = element("h1");
  private readonly badge = statusBadge();
  private readonly doc = element("p", { class: "doc" });
  private readonly stepText = element("span", { class: "step-text" });
  private readonly progress = element("progress", { max: 1, "aria-label": "Progress of the run" });
  private readonly phase = element("p", { class: "phase" });
  private readonly facts = element("dl", { class: "facts" });
  private readonly stop = element("button", { type: "button", class: "primary" }, "Stop");
  private readonly resume = element("button", { type: "button", class: "primary" }, "Resume");
  private readonly openConfig = element("button", { type: "button" }, "Open Config");
  private readonly openFile = element("button", { type: "button" }, "Open File");
  private runId = "";

  constructor(host: PanelHost) {
    this.stop.addEventListener("click", () => {
      pause(this.stop);
      host.post({ type: "stop", runId: this.runId });
    });
    this.resume.addEventListener("click", () => {
      pause(this.resume);
      host.post({ type: "resume", runId: this.runId });
    });
    this.openConfig.addEventListener("click", () => host.post({ type: "openConfig", runId: this.runId }));
    this.openFile.addEventListener("click", () => host.post({ type: "openFile", runId: this.runId }));
    const buttons = element("div", { class: "buttons", hidden: !host.interactive });
    buttons.append(this.stop, this.resume, this.openConfig, this.openFile);
    const title = element("div", { class: "title" }, this.name, this.badge);
    this.root = element(
      "header",
      { class: "run-header" },
      element("div", { class: "title-row" }, title, buttons),
      this.doc,
      element("div", { class: "progress-row" }, this.progress, this.stepText),
      this.phase,
      this.facts,
    );
  }

  update(run: PanelRunState): void {
    const { view, record, progress } = run;
    this.runId = record.runId;
    setText(this.name, view.name);
    updateStatusBadge(this.badge, view.status);
    setText(this.doc, view.doc);
    this.doc.hidden = view.doc === "";
    this.updateProgress(run);
    this.updateButtons(run);
    this.updateFacts([
      ["Time", view.lastSeq < 0 ? null : timeText(view)],
      ["Seed", String(view.seed)],
      ["Backend", view.machine && machineName(view.machine)],
      ["Parameters", view.parameters === null ? null : formatCount(view.parameters)],
      ["Loss", progress?.loss === undefined || progress.loss === null ? null : formatLoss(progress.loss)],
      ["Tokens/s", progress?.tokensPerSecond ? formatNumber(progress.tokensPerSecond) : null],
      ["Memory", view.peakMemory === null ? null : `${formatBytes(view.peakMemory)} at most`],
      ["Resumed", view.resumes.length > 0 ? `at step ${view.resumes.at(-1)!.step}` : null],
      ["Run", record.runId],
    ]);
  }

  private updateProgress({ view, progress }: PanelRunState): void {
    const step = Math.max(view.step, progress?.step ?? 0);
    const steps = view.steps ?? progress?.steps ?? null;
    const left = progress?.secondsLeft ?? null;
    const of = steps === null ? `Step ${step}` : `Step ${formatCount(step)} of ${formatCount(steps)}`;
    setText(this.stepText, left === null ? of : `${of}, about ${formatSeconds(left)} left`);
    if (steps !== null) this.progress.value = Math.min(1, step / steps);
    else this.progress.removeAttribute("value");
    this.phase.hidden = !(isLive(view.status) && progress && progress.phase !== "training");
    if (progress) {
      const share = progress.phaseShare === null ? "" : ` (${Math.round(100 * progress.phaseShare)} %)`;
      setText(this.phase, `Now: ${phaseWords[progress.phase]}${share}`);
    }
  }

  private updateButtons({ view: { status } }: PanelRunState): void {
    const canStop = status === "running" || status === "queued";
    const canResume = status === "stopped" || status === "interrupted" || status === "failed";
    show(this.stop, canStop);
    show(this.resume, canResume);
  }

  private updateFacts(facts: readonly (readonly [string, string | null])[]): void {
    const known = facts.filter(([, value]) => value !== null);
    const key = known.map(([name]) => name).join();
    if (this.facts.dataset.key !== key) {
      this.facts.dataset.key = key;
      this.facts.replaceChildren(
        ...known.map(([name]) => element("div", {}, element("dt", {}, name), element("dd"))),
      );
    }
    const values = this.facts.querySelectorAll("dd");
    known.forEach(([, value], i) => {
      setText(values[i]!, value!);
    });
  }
}

function timeText({ seconds, overheadSeconds, updates }: RunView): string {
  const rewards = updates.length > 0 ? ` (rewards ${formatSeconds(overheadSeconds)})` : "";
  return `${formatSeconds(seconds)}${rewards}`;
}

/** A double click asks once; when nothing comes of it, the button can be pressed again. */
function pause(button: HTMLButtonElement): void {
  button.disabled = true;
  setTimeout(() => {
    button.disabled = false;
  }, PAUSE);
}

/** A button that comes back can be pressed again. */
function show(button: HTMLButtonElement, shown: boolean): void {
  if (button.hidden === !shown) return;
  button.hidden = !shown;
  button.disabled = false;
}
