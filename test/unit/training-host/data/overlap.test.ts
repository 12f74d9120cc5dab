import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findOverlap, type SurveyedSet } from "../../../../training-host/data/overlap";
import type { RowSource } from "../../../../training-host/data/rows/row-source";
import { surveyRows } from "../../../../training-host/data/survey/survey";
import { writeSurvey } from "../../../../training-host/data/survey/survey-file";
import { rowsInMemory } from "./survey/rows-in-memory";
import { temporaryFolder } from "./temporary-folder";

const format = { kind: "text", column: "t" } as const;
const options = { format, split: null, duplicates: "keep", limit: null, samples: null } as const;

interface WordSet {
  dataset: string;
  side: "train" | "heldOut";
  /** undefined: a malformed row. */
  words: (string | undefined)[];
}

/** Surveys of the sets, on disk, and the rows that they are of. */
async function survey(folder: string, sets: readonly WordSet[]) {
  const sources = new Map<string, RowSource>();
  const surveyed: SurveyedSet[] = [];
  for (const [number, { dataset, side, words }] of sets.entries()) {
    const source = rowsInMemory(
      words.map((t) => t && { t }),
      `${number}.jsonl`,
    );
    const file = path.join(folder, `${number}.survey`);
    writeSurvey(file, await surveyRows(source, options));
    sources.set(source.shown, source);
    surveyed.push({ dataset, side, file, selection: "train", description: source.description });
  }
  return { surveyed, open: ({ shown }: { shown: string }) => sources.get(shown)! };
}

test("held-out rows in training data, and rows in several datasets, are counted with the first place", async () => {
  const { surveyed, open } = await survey(temporaryFolder(), [
    { dataset: "a", side: "train", words: ["one", "two", "two", "three"] },
    { dataset: "a", side: "heldOut", words: ["new", undefined, " Two ", "two", "THREE"] },
    { dataset: "b", side: "train", words: [undefined, "four", "two", "one", "one"] },
    { dataset: "c", side: "train", words: ["five"] },
  ]);
  expect(await findOverlap(surveyed, open)).toEqual({
    heldOut: [
      { dataset: "a", train: "a", rows: 3, first: "1.jsonl:3" },
      { dataset: "a", train: "b", rows: 2, first: "1.jsonl:3" },
    ],
    shared: [{ dataset: "b", train: "a", rows: 3, first: "2.jsonl:3" }],
  });
});

test("is found whatever part of the rows is looked at in one go", async () => {
  const word = fc.integer({ min: 0, max: 12 }).map(String);
  const words = fc.array(word, { minLength: 1, maxLength: 12 });
  const folder = temporaryFolder();
  await fc.assert(
    fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 3 }), words, async (train, held) => {
      const sets: WordSet[] = [
        ...train.map((words, number): WordSet => ({ dataset: `d${number}`, side: "train", words })),
        { dataset: "held", side: "heldOut", words: held },
      ];
      const { surveyed, open } = await survey(folder, sets);
      const { heldOut, shared } = await findOverlap(surveyed, open, 4);
      for (const [number, words] of train.entries()) {
        const leaked = held.filter((word) => words.includes(word)).length;
        expect(heldOut.find(({ train }) => train === `d${number}`)?.rows ?? 0).toBe(leaked);
        const earlier = new Set(train.slice(0, number).flat());
        const own = shared.filter(({ dataset }) => dataset === `d${number}`);
        expect(own.reduce((sum, { rows }) => sum + rows, 0)).toBe(
          words.filter((word) => earlier.has(word)).length,
        );
      }
    }),
    { numRuns: 50 },
  );
});
