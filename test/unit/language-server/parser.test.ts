import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenize } from "../../../language-server/language/lexer";
import { parse } from "../../../language-server/language/parser";
import type { Statement, Value } from "../../../language-server/language/syntax-tree";

/** A value in one line, so that expectations read like the language. */
function show(value: Value): string {
  switch (value.kind) {
    case "path":
      return value.segments.map(({ text }) => text).join(".");
    case "string":
      return JSON.stringify(value.text);
    case "number":
      return `${value.number}${value.suffix ? `<${value.suffix}>` : ""}${value.word ? ` <${value.word.text}>` : ""}`;
    case "range":
      return `${show(value.from)} to ${show(value.to)}`;
    case "list":
      return `[${value.items.map((item) => (item.name ? `${item.name.text}=` : "") + show(item.value)).join(", ")}]`;
  }
}

function outline({ path, args, properties, block, doc, disabled }: Statement): string {
  const parts = [
    disabled ? "/-" : "",
    path.text,
    ...args.map((value) => `(${show(value)})`),
    ...properties.map(({ name, value }) => `${name.text}=${value ? show(value) : "?"}`),
    block ? `{ ${block.statements.map(outline).join("; ")} }` : "",
    doc ? `« ${doc} »` : "",
  ];
  return parts.filter(Boolean).join(" ");
}

const sentences: Readonly<Record<string, [string, string[]]>> = {
  "a key and a value": ["seed 42", ["seed (42)"]],
  "several statements on one line": ["a 1; b 2;; c", ["a (1)", "b (2)", "c"]],
  "properties in any spacing": ["batch 64 micro = 8", ["batch (64) micro=8"]],
  "glued units": ["a 3% 12k 5M 2B 6h 4MiB", ["a (3<%>) (12<k>) (5<M>) (2<B>) (6<h>) (4<MiB>)"]],
  "words as units, also behind glued ones": [
    "update 100 steps\nlimit 200k samples",
    ["update (100 <steps>)", "limit (200<k> <samples>)"],
  ],
  "a unit is not the next property": [
    "exclude hidden=256 temperature=1",
    ["exclude hidden=256 temperature=1"],
  ],
  "numbers of every form": ["a 1 -2 +3 0.5 .5 1e-4 2.5E+3", ["a (1) (-2) (3) (0.5) (0.5) (0.0001) (2500)"]],
  ranges: ["vary seed 1..3\nvary x -2..2", ["vary (seed) (1 to 3)", "vary (x) (-2 to 2)"]],
  "lists with names, nested and over lines": [
    'a [b, c.d, 1, "e", f=0.5,\n [g] // why\n]',
    ['a ([b, c.d, 1, "e", f=0.5, [g]])'],
  ],
  "paths with dashes and letters of any script": [
    "mixture.weight-decay größe.名",
    ["mixture.weight-decay (größe.名)"],
  ],
  "texts with escapes": ['a "x \\"y\\" \\\\ \\n \\t z"', ['a ("x \\"y\\" \\\\ \\n \\t z")']],
  "kinds as names": ["dataset dataset { model model }", ["dataset (dataset) { model (model) }"]],
  "a block's key at column one": [
    "experiment e {\nmodel nano\nseed 3\n}",
    ["experiment (e) { model (nano); seed (3) }"],
  ],
  "doc comments right above": [
    "/// one\n/// two\na 1\n/// lost\n\nb 2 /// behind\nc",
    ["a (1) « one\ntwo »", "b (2)", "c"],
  ],
  "comments that are no docs": ["//// four\n// two\n/* a */ b /* c */ 1 // d", ["b (1)"]],
  "disabled statements, whole": ["/-train {\n  a 1\n}\n/- b 2\nc", ["/- train { a (1) }", "/- b (2)", "c"]],
  imports: ['import "./x.mos" { a, "b.c"\n d }', ['import ("./x.mos") { a; b.c; d }']],
  "line ends of every kind": ["a 1\r\nb 2\rc 3\n", ["a (1)", "b (2)", "c (3)"]],
};

describe("parsing", () => {
  it.each(Object.entries(sentences))("%s", (_title, [text, expected]) => {
    const tree = parse(text);
    expect(tree.problems.map(({ message }) => message)).toEqual([]);
    expect(tree.statements.map(outline)).toEqual(expected);
  });

  it("gives every node its place", () => {
    const text = "  train { batch 64 micro=8 } // c";
    const [train] = parse(text).statements;
    const batch = train!.block!.statements[0]!;
    const at = ({ start, end }: { start: number; end: number }) => text.slice(start, end);
    expect([
      at(train!),
      at(train!.block!),
      at(batch),
      at(batch.args[0]!),
      at(batch.properties[0]!),
      at(batch.properties[0]!.name),
    ]).toEqual([
      "train { batch 64 micro=8 }",
      "{ batch 64 micro=8 }",
      "batch 64 micro=8",
      "64",
      "micro=8",
      "micro",
    ]);
  });
});

describe("mistakes keep the rest readable", () => {
  it.each([
    [
      "experiment a {\n  train {\n    epochs 1\n\nexperiment b {\n  seed 2\n}\n",
      ["experiment (a) { train { epochs (1) } }", "experiment (b) { seed (2) }"],
      2,
    ],
    [
      'experiment a {\n  mixture {\n    update 1\n  train {\n    epochs 1\n  }\n}\nmodel m { path "x" }\n',
      ["experiment (a) { mixture { update (1) }; train { epochs (1) } }", 'model (m) { path ("x") }'],
      1,
    ],
    ["a [1, 2\nb 3\n", ["a ([1, 2])", "b (3)"], 1],
    ['a "open\nb 3', ['a ("open")', "b (3)"], 1],
    ["= 3\nb 3", ["b (3)"], 1],
    ["a {\n} }\nb 3", ["a {  }", "b (3)"], 1],
    ["a 1 { b 2 } c 3\nd 4", ["a (1) { b (2) }", "c (3)", "d (4)"], 1],
    ["a.\nb 3", ["a", "b (3)"], 1],
    ["a 1..\nb 3", ["a (1)", "b (3)"], 1],
  ])("%j", (text, expected, problems) => {
    const tree = parse(text);
    expect(tree.statements.map(outline)).toEqual(expected);
    expect(tree.problems).toHaveLength(problems);
  });
});

describe("tokens", () => {
  it("cover every text without a gap or an overlap", () => {
    const piece = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 3 }),
      fc.constantFrom('"', "\\", "//", "/*", "*/", "/-", "///", "\r", "\n", "..", "1.", "-", "%", "{", "["),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        let end = 0;
        for (const token of tokenize(text)) {
          expect(token.start).toBe(end);
          end = token.end;
        }
        expect(end).toBe(text.length);
      }),
      { numRuns: 1000 },
    );
  });
});
