import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Declaration } from "../../../language-server/language/references";
import { hover } from "../../../language-server/services/hover";
import { type KnownFacts, nothingKnown } from "../../../language-server/services/known-facts";
import { atCursor, checked, frame } from "./checked";

function shown(marked: string): { text: string; over: string } | null {
  const { document, offset } = atCursor(marked);
  const found = hover(document, offset);
  if (!found?.range) return null;
  const { lines, text } = document.program.entry.tree;
  const over = text.slice(lines.offsetAt(found.range.start), lines.offsetAt(found.range.end));
  return { text: (found.contents as { value: string }).value, over };
}

const places: Readonly<Record<string, [string, string, string[]]>> = {
  "a key": [
    frame("  mixture { upd|ate 10 steps }"),
    "update",
    [
      "**mixture.update**",
      "Optimizer steps between two updates",
      "Default: `100`",
      "(steps)",
      "In `skills`: `10` (line 9)",
    ],
  ],
  "a key that is not given here": [
    frame("  train { optimi|zer adamw }"),
    "optimizer",
    ["**train.optimizer**", "`adamw`"],
  ],
  "a property": [
    frame("  mixture { scorer mlp tra|vel=0.2 }"),
    "travel",
    [
      "**mixture.scorer.travel**",
      "largest change of a logit",
      "`preset paper`: `none`.",
      "In `skills`: `0.2` (line 9)",
    ],
  ],
  "a property of a reward": [
    frame("  mixture { reward difficulty wei|ght=2 }"),
    "weight",
    ["**mixture.reward.difficulty.weight**", "In `skills`: `2` (line 9)"],
  ],
  "a word": [frame("  mixture { scorer lo|gits }"), "logits", ["One free logit per dataset"]],
  "a property's word": [frame("  mixture { reward difficulty tokens=al|l }"), "all", ["The prompt too"]],
  "a key of properties alone": [
    'model a { path "m"; lo|ra rank=8 }',
    "lora",
    ["Low-rank adaptation", "`rank=`"],
  ],
  "a word in a property's list": [
    'model a { path "m"; lora targets=[q_proj, v_pr|oj] }',
    "v_proj",
    ["Values of attention."],
  ],
  off: [frame("  mixture { ema o|ff }"), "off", ["as it was computed"]],
  "a word of the prior": [frame("  mixture static unif|orm"), "uniform", ["uniform"]],
  "a dataset": [frame("").replace("[math", "[ma|th"), "math", ['path "math.jsonl"', "Sums and words."]],
  "a model": [frame("").replace("model tiny\n", "model ti|ny\n"), "tiny", ['path "models/tiny"']],
  "a constant": [frame("  train { length se|q }"), "seq", ["let seq = 128"]],
  "a declaration's kind": [
    frame("").replace("dataset math", "data|set math"),
    "dataset",
    ["Examples that teach one skill"],
  ],
  "an address": [
    frame("", "ablation a of skills { mixture.ema.be|ta 0.5 }"),
    "mixture.ema.beta",
    ["Weight of the new reward", "In `skills`: `0.9` (default)"],
  ],
  "a part of an address": [
    frame("", "ablation a of skills { mixture.e|ma.beta 0.5 }"),
    "ema",
    ["**mixture.ema**", "smooths the rewards"],
  ],
  "an address to vary": [
    frame("", "sweep a of skills { vary mixture.scorer.hid|den [1] }"),
    "hidden",
    ["**mixture.scorer.hidden**", "In `skills`: `64` (default)"],
  ],
  "what `vary` does": [
    frame("", "sweep a of skills { va|ry seed 1..2 }"),
    "vary",
    ["An address and the values to try"],
  ],
  "the base of an ablation": [
    frame("", "ablation a of ski|lls { seed 3 }"),
    "skills",
    ["experiment skills {", "model tiny"],
  ],
};

describe("hover", () => {
  it.each(Object.entries(places))("%s", (_title, [marked, over, parts]) => {
    const found = shown(marked);
    expect(found?.over).toBe(over);
    for (const part of parts) expect(found?.text).toContain(part);
  });

  it("says nothing over nothing", () => {
    expect(shown("|\n\n")).toBeNull();
    expect(shown('model a { path "x|" }')).toBeNull();
    expect(shown("unknown| 3")).toBeNull();
  });

  it("answers anywhere in any text", () => {
    const text = frame(
      "  mixture { scorer mlp hidden=3; reward difficulty }\n  data [a, b]",
      "sweep s of skills { vary seed [1, 2] }",
    );
    fc.assert(
      fc.property(fc.nat({ max: text.length }), fc.nat({ max: text.length }), (cut, at) => {
        expect(() => hover(checked(text.slice(0, cut)), at)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});

describe("hover of what was looked at", () => {
  const facts: KnownFacts = {
    dataset: ({ name }) => ({
      ...{ problem: null, rows: 1234, bytes: 5_600_000, files: 2, contentHash: null, evidence: null },
      columns: [{ name: `q|${name}`, type: "text or nothing" }],
      firstRow: '{\n  "q": "1 + 1"\n}',
      checked: { rows: 1000, malformed: 0, duplicates: 7 },
      commit: "1a2b3c4d5e6f",
    }),
    model: () => ({
      ...{ problem: null, adapterProblem: null, evidence: null },
      ...{ architecture: "qwen2", parameters: 463_987_712, commit: "1a2b3c4d5e6f" },
    }),
  };
  const known = (marked: string, all: KnownFacts = facts) => {
    const { document, offset } = atCursor(marked);
    return (hover(document, offset, all)?.contents as { value: string } | undefined)?.value ?? "";
  };

  it("tells of a dataset's rows, wherever it is named", () => {
    const expected =
      '**1,234 rows** · 5.6 MB · 2 files · 7 repeated · commit `1a2b3c4d`\n\n| Column | |\n|---|---|\n| q\\|math | text or nothing |\n\n```json\n{\n  "q": "1 + 1"\n}\n```';
    expect(known('dataset ma|th { path "a.jsonl"; format text }')).toBe(expected);
    expect(known('dataset math { path "a.js|onl"; format text }')).toBe(expected);
    expect(known('dataset math { hub "org/na|me"; format text }')).toBe(expected);
    expect(known(frame("").replace("[math,", "[ma|th,"))).toContain(expected);
  });

  it("tells of a model's weights", () => {
    const expected = "**qwen2** · 464 million parameters · in the Hub's cache, commit `1a2b3c4d`";
    expect(known('model base { hub "org/na|me" }')).toBe(expected);
    expect(known('model ba|se { path "models/qwen" }')).toBe(expected);
    expect(known(frame("").replace("  model tiny", "  model ti|ny"))).toContain(expected);
  });

  it("says what is wrong, and where nothing is known nothing", () => {
    const text = 'dataset ma|th { path "a.jsonl"; format text }';
    expect(known(text, nothingKnown)).toBe("");
    const problem = { kind: "not-downloaded", message: "", column: null } as const;
    const missing = { ...facts, dataset: () => ({ ...facts.dataset({} as Declaration)!, problem }) };
    expect(known(text, missing)).toBe("Not downloaded yet.");
  });
});
