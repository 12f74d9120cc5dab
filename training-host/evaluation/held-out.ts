/** Held-out losses: the same examples for every run and every step, so that runs on different mixtures can be compared. */
import type { RunEventOf } from "../../contracts/run-event";
import type { ExampleStore } from "../data/example-store";
import { countTargets, packExamples } from "../data/packed-batch";
import type { CausalLm } from "../model/causal-lm";
import { cutByLength } from "../training/scoring-batches";
import { giveWay } from "../training/stop-request";

export type HeldOutLosses = Pick<RunEventOf<"evaluation">, "perDataset" | "reference">;

/**
 * Loss of every held-out set in nats per learned token, over all its tokens together; the reference is the plain mean of the
 * datasets' losses. `onShare` hears how much is done, from 0 to 1.
 */
export async function evaluateHeldOut(
  model: CausalLm,
  heldOut: ReadonlyMap<string, ExampleStore>,
  onShare: (share: number) => void,
): Promise<HeldOutLosses> {
  const perDataset: HeldOutLosses["perDataset"] = {};
  const total = [...heldOut.values()].reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const [name, store] of heldOut) {
    let sum = 0;
    let tokens = 0;
    for (const indices of cutByLength(await store.lengths())) {
      const examples = (await store.get(indices)).filter((example) => countTargets(example) > 0);
      const { batch, targets } = packExamples(examples);
      if (targets.rows.length > 0) {
        const losses = (await model.score(batch, targets, { losses: true })).losses!;
        for (const loss of losses) sum += loss;
        tokens += losses.length;
      }
      done += indices.length;
      onShare(done / total);
      await giveWay();
    }
    perDataset[name] = describe(sum / tokens, tokens);
  }
  return { perDataset, reference: { loss: meanLoss(perDataset) } };
}

function describe(loss: number, tokens: number): HeldOutLosses["perDataset"][string] {
  return { loss: finiteOrNull(loss), perplexity: finiteOrNull(Math.exp(loss)), tokens };
}

/** null when one of them is not a number: a mean over fewer datasets would be another measure. */
function meanLoss(perDataset: HeldOutLosses["perDataset"]): number | null {
  const losses = Object.values(perDataset).map(({ loss }) => loss ?? Number.NaN);
  return finiteOrNull(losses.reduce((sum, loss) => sum + loss, 0) / losses.length);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
