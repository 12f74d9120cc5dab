import { describe, expect, it } from "vitest";
import { compareRunsAndGroups, withoutDifferences } from "../../../../cli/comparison";
import { comparisonMarkdown, comparisonText } from "../../../../cli/terminal/comparison-tables";
import { plainStyle } from "../../../../cli/terminal/style";
import type { RunStatus } from "../../../../contracts/run-folder";
import { addEvents, emptyRunView } from "../../../../run-view/run-view";
import { type SampleRun, sampleComparison, sampleRun } from "../../run-folder/sample-run";

function compare(runs: readonly SampleRun[], status: RunStatus = "finished", baseline: string | null = null) {
  return compareRunsAndGroups(
    runs.map(({ record, events }) => ({
      view: addEvents(emptyRunView(record), events, status),
      plan: record.plan,
    })),
    baseline,
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
    const runs = [1, 2].map((second) =>
      sampleRun({ created: `2026-01-02T03:04:0${second}.000Z`, done: 60, end: "stop" }),
    );
    const text = comparisonText(compare(runs, "stopped"), plainStyle).join("\n");
    for (const { record } of runs) expect(text).toContain(record.runId);
    expect(text).toContain("stopped 60/300");
  });
});

describe("several seeds side by side", () => {
  const seeds = [1, 2, 3].flatMap((seed) => sampleComparison({ seed, steps: 80 }));

  it("as text: losses over the seeds, differences to the baseline, what it took, mixtures", () => {
    const text = comparisonText(withoutDifferences(compare(seeds)), plainStyle);
    expect(`\n${text.join("\n")}\n`).toMatchInlineSnapshot(`
      "
      held-out loss               seeds             mean            arith          convert            facts             copy
      quickstart                      3  0.9827 ± 0.0076  0.7327 ± 0.0037  0.9034 ± 0.0196  1.2982 ± 0.0043  0.9965 ± 0.0454
      quickstart/transferability      3  0.9488 ± 0.0085  0.7190 ± 0.0077  0.9012 ± 0.0174  1.3311 ± 0.0037  0.8436 ± 0.0570
      quickstart/uniform              3  0.9462 ± 0.0078  0.7502 ± 0.0190  0.9220 ± 0.0282  1.3219 ± 0.0053  0.7907 ± 0.0497
      quickstart/proportional         3  0.9515 ± 0.0031  0.7218 ± 0.0207  1.4747 ± 0.0048  1.4637 ± 0.0054  0.1458 ± 0.0029
      Nats per learned token at the last evaluation, mean ± standard deviation over the seeds; mean: the plain mean over the datasets.

      against quickstart/uniform    difference (95 % interval)             speed-up  time (of it rewards)
      quickstart                  +0.0365 (+0.0281 to +0.0449)  not reached, 0 of 3           7.5s (0.9s)
      quickstart/transferability  +0.0026 (-0.0031 to +0.0082)  not reached, 0 of 3           7.5s (0.9s)
      quickstart/uniform                              baseline             baseline           6.6s (0.0s)
      quickstart/proportional     +0.0053 (-0.0063 to +0.0170)  not reached, 0 of 3           6.6s (0.0s)
      Difference: the mean loss minus that of quickstart/uniform, paired by seed. Speed-up: steps of quickstart/uniform to its own final mean, over the run's steps to the same loss; the mean of the seeds that get there, and how many do.

      final mixture (drawn)           arith    convert      facts       copy
      quickstart                  25% (25%)  26% (26%)  32% (29%)  18% (20%)
      quickstart/transferability  26% (26%)  25% (26%)  25% (25%)  24% (24%)
      quickstart/uniform          25% (24%)  25% (25%)  25% (26%)  25% (25%)
      quickstart/proportional     25% (26%)    5% (5%)    9% (9%)  61% (61%)
      Probability at the end, and in parentheses the share of all examples that were drawn; means over the seeds.
      "
    `);
  });

  it("as Markdown, against the run that was asked for", () => {
    const markdown = comparisonMarkdown(compare(seeds, "finished", "proportional"));
    expect(`\n${markdown.join("\n")}\n`).toMatchInlineSnapshot(`
      "
      | held-out loss | seeds | mean | arith | convert | facts | copy |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: |
      | quickstart | 3 | 0.9827 ± 0.0076 | 0.7327 ± 0.0037 | 0.9034 ± 0.0196 | 1.2982 ± 0.0043 | 0.9965 ± 0.0454 |
      | quickstart/transferability | 3 | 0.9488 ± 0.0085 | 0.7190 ± 0.0077 | 0.9012 ± 0.0174 | 1.3311 ± 0.0037 | 0.8436 ± 0.0570 |
      | quickstart/uniform | 3 | 0.9462 ± 0.0078 | 0.7502 ± 0.0190 | 0.9220 ± 0.0282 | 1.3219 ± 0.0053 | 0.7907 ± 0.0497 |
      | quickstart/proportional | 3 | 0.9515 ± 0.0031 | 0.7218 ± 0.0207 | 1.4747 ± 0.0048 | 1.4637 ± 0.0054 | 0.1458 ± 0.0029 |

      Nats per learned token at the last evaluation, mean ± standard deviation over the seeds; mean: the plain mean over the datasets.

      | against quickstart/proportional | difference (95 % interval) | speed-up | time (of it rewards) |
      | --- | ---: | ---: | ---: |
      | quickstart | +0.0312 (+0.0186 to +0.0438) | not reached, 0 of 3 | 7.5s (0.9s) |
      | quickstart/transferability | -0.0028 (-0.0166 to +0.0111) | 1.01x, 2 of 3 | 7.5s (0.9s) |
      | quickstart/uniform | -0.0053 (-0.0170 to +0.0063) | 1.01x, 3 of 3 | 6.6s (0.0s) |
      | quickstart/proportional | baseline | baseline | 6.6s (0.0s) |

      Difference: the mean loss minus that of quickstart/proportional, paired by seed. Speed-up: steps of quickstart/proportional to its own final mean, over the run's steps to the same loss; the mean of the seeds that get there, and how many do.

      | final mixture (drawn) | arith | convert | facts | copy |
      | --- | ---: | ---: | ---: | ---: |
      | quickstart | 25% (25%) | 26% (26%) | 32% (29%) | 18% (20%) |
      | quickstart/transferability | 26% (26%) | 25% (26%) | 25% (25%) | 24% (24%) |
      | quickstart/uniform | 25% (24%) | 25% (25%) | 25% (26%) | 25% (25%) |
      | quickstart/proportional | 25% (26%) | 5% (5%) | 9% (9%) | 61% (61%) |

      Probability at the end, and in parentheses the share of all examples that were drawn; means over the seeds.

      | config that differs | quickstart | quickstart/transferability | quickstart/uniform | quickstart/proportional |
      | --- | --- | --- | --- | --- |
      | mixture.ema | beta=0.9 start=first | beta=0.9 start=first | - | - |
      | mixture.floor | 0 | 0 | - | - |
      | mixture.kind | scorer | scorer | static | static |
      | mixture.prior.temperature | inf | inf | inf | 1 |
      | mixture.probe | 32 | 32 | - | - |
      | mixture.reward | difficulty=weight=1 tokens=response out… | transferability=weight=1 | - | - |
      | mixture.scorer | kind=logits hidden=64 inner=20 lr=0.005… | kind=logits hidden=64 inner=20 lr=0.005… | - | - |
      | mixture.update | 20 | 20 | - | - |
      "
    `);
  });

  it("says which seeds count, and does without a baseline", () => {
    const stopped = sampleRun({ seed: 2, steps: 80, done: 40, end: "stop" });
    const text = comparisonText(compare([...seeds.slice(0, 2), stopped], "stopped"), plainStyle);
    expect(text[0]).toMatch(/^held-out loss +status +seeds +mean/);
    expect(text[1]).toMatch(/^quickstart +stopped +1 of 2 +\d\.\d{4} /);
    expect(text.join("\n")).toContain(
      "All numbers are over the seeds that have come as far as any of their row.",
    );
    expect(text).toContainEqual(expect.stringMatching(/^training +time \(of it rewards\)$/));
  });

  it("says of a difference when it is not of all seeds", () => {
    const pick = (name: string, ...wanted: number[]) =>
      seeds.filter(({ record: { plan } }) => plan.name === name && wanted.includes(plan.config.seed));
    const cell = (...runs: SampleRun[]) =>
      comparisonText(compare(runs), plainStyle).find((line) => /^quickstart +[+-]/.test(line));
    const uniform = (...wanted: number[]) => pick("quickstart/uniform", ...wanted);
    expect(cell(...pick("quickstart", 1, 2), ...uniform(1))).toContain("(1 seed)");
    expect(cell(...pick("quickstart", 1, 2, 3), ...uniform(1, 2))).toMatch(/ to \S+, 2 seeds\)/);
    expect(cell(...pick("quickstart", 1, 2), ...uniform(3))).toContain("(no seed in common)");
  });
});
