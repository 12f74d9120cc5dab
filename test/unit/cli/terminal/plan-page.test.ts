import { describe, expect, it } from "vitest";
import { planPages } from "../../../../cli/terminal/plan-page";
import { plainStyle } from "../../../../cli/terminal/style";
import { samplePlan } from "../../run-folder/sample-run";

const base = samplePlan();
const variant = samplePlan({ name: "quickstart/transferability", mixture: "transferability" });

describe("plans on a page", () => {
  it("show every value of the first, with where it came from", () => {
    const page = planPages([base], 120, plainStyle);
    expect(page.slice(0, 3)).toEqual([
      `quickstart  ${base.id}`,
      "Does the learned mixture beat a fixed one?",
      expect.stringMatching(/^ {2}seed +1 +experiment, quickstart\.mos:12$/),
    ]);
    expect(page).toContainEqual(expect.stringMatching(/^ {2}train\.clip +1 +default$/));
    expect(page).toContainEqual(expect.stringMatching(/^ {2}launch\.threads +auto +default$/));
    expect(page).toContainEqual(
      expect.stringMatching(/^ {2}data\.arith\.path +data\/arith\.jsonl +default$/),
    );
    expect(page).toContainEqual(
      expect.stringMatching(/^ {2}train\.optimizer\.weight-decay +0\.01 +default$/),
    );
  });

  it("show of a variant what differs, gone values included", () => {
    const pages = planPages([base, variant], 120, plainStyle);
    const page = pages.slice(pages.indexOf("") + 1);
    // The id ends in a hash of every key that there is.
    expect(`\n${page.join("\n").replace(variant.id, "<id>")}\n`).toMatchInlineSnapshot(`
      "
      quickstart/transferability  <id>
      Does the learned mixture beat a fixed one?
      overrides mixture
      The values that differ from quickstart:
        mixture.reward.transferability.weight  1     default
        mixture.reward.difficulty.weight       none
        mixture.reward.difficulty.tokens       none
        mixture.reward.difficulty.outliers     none
      "
    `);
  });
});
