import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { comparisonPage } from "../../../cli/comparison-page";
import { type PanelRun, toPanelSchema } from "../../../contracts/panel-protocol";
import { sampleComparison } from "../run-folder/sample-run";

const runs: PanelRun[] = sampleComparison({ steps: 20 }).map(({ record, events }) => ({
  record,
  status: "finished",
  events,
}));
const bundle = {
  script: 'console.log("</script>");\n//# sourceMappingURL=x.js.map\n',
  style: "body{color:red}",
};

/** What a browser takes as the text of the element: up to its first end tag. */
function snapshotOf(page: string): unknown {
  const [, text] = /<script type="application\/json" id="mos-snapshot">(.*?)<\/script/s.exec(page) ?? [];
  return JSON.parse(text!);
}

describe("the comparison as one file", () => {
  it("holds a snapshot that the panel accepts, its script and its style, and loads nothing", () => {
    const page = comparisonPage(runs, null, bundle);
    expect(v.parse(toPanelSchema, snapshotOf(page))).toMatchObject({ type: "snapshot", runs });
    expect(page).toContain(bundle.style);
    expect(page).not.toMatch(/ (?:src|href)=/);
    expect(page).not.toContain("sourceMappingURL");
    expect(page).toContain("default-src 'none'");
  });

  it("tells the panel which baseline was asked for, and only then", () => {
    const page = comparisonPage(runs, 'a"b', bundle);
    expect(page).toContain('<script type="application/json" data-baseline="a&quot;b" id="mos-snapshot">');
    expect(comparisonPage(runs, null, bundle)).not.toContain("data-baseline");
  });

  it("allows by its policy exactly the script that it holds", async () => {
    const page = comparisonPage(runs, null, bundle);
    const [, script] = /<script>(.*?)<\/script>/s.exec(page)!;
    expect(script).toContain("<\\/script>");
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
    expect(page).toContain(`'sha256-${Buffer.from(digest).toString("base64")}'`);
  });

  it("keeps any text of the user's as data (property)", () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom("</script><script>alert(1)</script>", "<!--", "\u2028", "]]>", "<title>&amp;"),
    );
    fc.assert(
      fc.property(text, text, (name, doc) => {
        const [first] = runs;
        const plan = { ...first!.record.plan, name: `x${name}`, doc };
        const page = comparisonPage([{ ...first!, record: { ...first!.record, plan } }], null, bundle);
        const snapshot = v.parse(toPanelSchema, snapshotOf(page));
        if (snapshot.type !== "snapshot") throw new Error("no snapshot");
        expect(snapshot.runs[0]!.record.plan).toMatchObject({ name: `x${name}`, doc });
        expect(page.match(/<script/g)).toHaveLength(2);
      }),
    );
  });
});
