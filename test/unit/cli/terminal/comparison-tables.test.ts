import { describe, expect, it } from "vitest";
import { comparisonMarkdown, comparisonText } from "../../../../cli/terminal/comparison-tables";
import { plainStyle } from "../../../../cli/terminal/style";
import type { RunStatus } from "../../../../contracts/run-folder";
import { compareRuns } from "../../../../run-view/comparison";
import { addEvents, emptyRunView } from "../../../../run-view/run-view";
import { type SampleRun, sampleComparison, sampleRun } from "../../run-folder/sample-run";

function compare(runs: readonly SampleRun[], status: RunStatus = "finished") {
  return compareRuns(
    runs.map(({ record, events }) => ({
      view: addEvents(emptyRunView(record), events, status),
      plan: record.plan,
    })),
  );
}

describe("runs side by side", () => {
  it("as text: losses with speed-up and time, mixtures, and what differs in the config", () => {
    const text = comparisonText(compare(sampleComparison()), plainStyle);
    expect(`\n${text.join("\n")}\n`).toMatchInlineSnapshot(`
      "
      held-out loss                 mean   arith  convert   facts    copy     speed-up  time
      quickstart                  0.3509  0.1398   0.2592  0.7382  0.2665  not reached   26s
      quickstart/transferability  0.3334  0.1274   0.2423  0.9185  0.0455        1.00x   26s
      quickstart/uniform          0.3335  0.1437   0.2496  0.9041  0.0367     baseline   22s
      quickstart/proportional     0.6246  0.1359   1.0983  1.2542  0.0100  not reached   22s
      Nats per learned token at the last evaluation; mean: the plain mean over the datasets. Speed-up: steps of quickstart/uniform to its own final mean, over the run's steps to the same loss.

      final mixture (drawn)           arith    convert      facts       copy
      quickstart                  25% (25%)  24% (24%)  43% (38%)   9% (13%)
      quickstart/transferability  26% (27%)  26% (25%)  25% (25%)  23% (23%)
      quickstart/uniform          25% (25%)  25% (24%)  25% (26%)  25% (25%)
      quickstart/proportional     25% (26%)    5% (5%)    9% (9%)  61% (60%)
      Probability at the end, and in parentheses the share of all examples that were drawn.

      config that differs        quickstart                                quickstart/transferability                quickstart/uniform  quickstart/proportional
      mixture.ema                beta=0.9 start=first                      beta=0.9 start=first                      -                   -
      mixture.floor              0                                         0                                         -                   -
      mixture.kind               scorer                                    scorer                                    static              static
      mixture.prior.temperature  inf                                       inf                                       inf                 1
      mixture.probe              32                                        32                                        -                   -
      mixture.reward             difficulty=weight=1 tokens=response out…  transferability=weight=1                  -                   -
      mixture.scorer             kind=logits hidden=64 inner=20 lr=0.005…  kind=logits hidden=64 inner=20 lr=0.005…  -                   -
      mixture.update             20                                        20                                        -                   -
      "
    `);
  });

  it("as Markdown", () => {
    const [first, second] = sampleComparison();
    expect(`\n${comparisonMarkdown(compare([first!, second!])).join("\n")}\n`).toMatchInlineSnapshot(`
      "
      | held-out loss | mean | arith | convert | facts | copy | speed-up | time |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | quickstart | 0.3509 | 0.1398 | 0.2592 | 0.7382 | 0.2665 | - | 26s |
      | quickstart/transferability | 0.3334 | 0.1274 | 0.2423 | 0.9185 | 0.0455 | - | 26s |

      Nats per learned token at the last evaluation; mean: the plain mean over the datasets.

      | final mixture (drawn) | arith | convert | facts | copy |
      | --- | ---: | ---: | ---: | ---: |
      | quickstart | 25% (25%) | 24% (24%) | 43% (38%) | 9% (13%) |
      | quickstart/transferability | 26% (27%) | 26% (25%) | 25% (25%) | 23% (23%) |

      Probability at the end, and in parentheses the share of all examples that were drawn.

      | config that differs | quickstart | quickstart/transferability |
      | --- | --- | --- |
      | mixture.reward.difficulty | weight=1 tokens=response outliers=winso… | - |
      | mixture.reward.transferability | - | weight=1 |
      "
    `);
  });

  it("tell runs of one name apart by id, and runs that did not finish by status", () => {
    const runs = [1, 2].map((seed) => sampleRun({ seed, done: 60, end: "stop" }));
    const text = comparisonText(compare(runs, "stopped"), plainStyle).join("\n");
    for (const { record } of runs) expect(text).toContain(record.runId);
    expect(text).toContain("stopped 60/300");
  });
});
