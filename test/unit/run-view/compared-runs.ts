import type { RunEvent } from "../../../contracts/run-event";
import type { RunStatus } from "../../../contracts/run-folder";
import type { ComparedRun } from "../../../run-view/comparison";
import { addEvents, emptyRunView } from "../../../run-view/run-view";
import { type SampleRunOptions, sampleRun } from "../run-folder/sample-run";

export interface ComparedRunOptions extends SampleRunOptions {
  status?: RunStatus;
  /** Reference loss by step: replaces the evaluations' losses, of every dataset too. */
  losses?: Readonly<Record<number, number>>;
}

/** A run as comparisons take it. */
export function comparedRun({ status = "finished", losses, ...options }: ComparedRunOptions): ComparedRun {
  const { record, events } = sampleRun(options);
  const changed = losses ? events.flatMap((event) => withLoss(event, losses)) : events;
  return { plan: record.plan, view: addEvents(emptyRunView(record), changed, status) };
}

function withLoss(event: RunEvent, losses: Readonly<Record<number, number>>): RunEvent[] {
  if (event.type !== "evaluation") return [event];
  const loss = losses[event.step];
  if (loss === undefined) return [];
  const perDataset = Object.fromEntries(
    Object.entries(event.perDataset).map(([name, one]) => [name, { ...one, loss }]),
  );
  return [{ ...event, perDataset, reference: { loss } }];
}
