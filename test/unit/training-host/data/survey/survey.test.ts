import * as fs from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  refusal,
  type Survey,
  type SurveyOptions,
  surveyRows,
} from "../../../../../training-host/data/survey/survey";
import { readSurvey, surveyFile, writeSurvey } from "../../../../../training-host/data/survey/survey-file";
import { temporaryFolder } from "../temporary-folder";
import { rowsInMemory } from "./rows-in-memory";

const options: SurveyOptions = {
  format: { kind: "columns", prompt: "q", answer: "a", system: null },
  split: null,
  duplicates: "keep",
  limit: null,
  samples: null,
};

const split = { train: 0.7, dev: 0.2, seed: 3 };

interface Row {
  q: string;
  a: string;
}

const row: fc.Arbitrary<Row> = fc.record({ q: fc.string(), a: fc.string() });
const distinctRows = (most: number) =>
  fc
    .uniqueArray(fc.integer({ min: 0, max: 100_000 }), { maxLength: most })
    .map((numbers) => numbers.map((number): Row => ({ q: `what is ${number}?`, a: `${number}` })));

/** Side of each of the rows. */
async function sides(rows: readonly Row[], seed = split.seed): Promise<("train" | "dev" | "neither")[]> {
  const { train, dev } = await surveyRows(rowsInMemory(rows), { ...options, split: { ...split, seed } });
  return rows.map((_, index) =>
    train.rows.includes(index) ? "train" : dev!.rows.includes(index) ? "dev" : "neither",
  );
}

test("adding, taking out and moving rows moves no other row to another side of the split", async () => {
  const change = fc.tuple(distinctRows(30), distinctRows(10), fc.integer(), fc.nat(30));
  await fc.assert(
    fc.asyncProperty(change, async ([rows, more, rotation, without]) => {
      const before = new Map((await sides(rows)).map((side, index) => [rows[index]!.q, side]));
      const kept = rows.filter((_, index) => index !== without);
      const at = kept.length === 0 ? 0 : Math.abs(rotation) % kept.length;
      const changed = [...more, ...kept.slice(at), ...kept.slice(0, at)];
      for (const [index, side] of (await sides(changed)).entries()) {
        const was = before.get(changed[index]!.q);
        if (was !== undefined) expect(side).toBe(was);
      }
    }),
  );
});

test("the sides have about the shares that were asked for, and another seed draws others", async () => {
  const rows = Array.from({ length: 2000 }, (_, n) => ({ q: `what is ${n}?`, a: `${n}` }));
  const first = await sides(rows);
  const share = (side: string) => first.filter((one) => one === side).length / rows.length;
  expect(share("train")).toBeCloseTo(0.7, 1);
  expect(share("dev")).toBeCloseTo(0.2, 1);
  expect(share("neither")).toBeCloseTo(0.1, 1);
  const second = await sides(rows, 4);
  const same = first.filter((side, index) => side === second[index]).length / rows.length;
  // By chance alone: 0.7² + 0.2² + 0.1².
  expect(same).toBeCloseTo(0.54, 1);
});

test("with another share for training, the held-out rows stay", async () => {
  const rows = Array.from({ length: 300 }, (_, n) => ({ q: `what is ${n}?`, a: `${n}` }));
  const devOf = async (train: number) => {
    const { dev } = await surveyRows(rowsInMemory(rows), { ...options, split: { ...split, train } });
    return [...dev!.rows];
  };
  expect(await devOf(0.1)).toEqual(await devOf(0.8));
});

test("equal rows are on the same side, and are counted or left out, whatever their case and white space", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
      const shouted = rows.map(({ q, a }) => ({ q: ` ${q}  `, a: `\n${a}` }));
      const all = [...rows, ...shouted];
      const kept = await sides(all);
      expect(kept.slice(rows.length)).toEqual(kept.slice(0, rows.length));
      const dropping = await surveyRows(rowsInMemory(all), { ...options, duplicates: "drop" });
      expect(dropping.duplicates).toBeGreaterThanOrEqual(rows.length);
      expect(dropping.train.rows.length).toBe(all.length - dropping.duplicates);
      expect(dropping.train.rows.every((index) => index < rows.length)).toBe(true);
    }),
  );
  const { duplicates } = await surveyRows(
    rowsInMemory([
      { q: "What is it?", a: "This" },
      { q: "what  is IT? ", a: "this" },
      { q: "what is", a: "it? this" },
    ]),
    options,
  );
  expect(duplicates).toBe(1);
});

test("a conversation of two turns is the same row as its question and answer in columns", async () => {
  const chat = { kind: "chat", messages: "m", role: "r", text: "t" } as const;
  const turns = [
    { r: "human", t: "What is it?" },
    { r: "gpt", t: "This." },
  ];
  const asChat = await surveyRows(rowsInMemory([{ m: turns }]), { ...options, format: chat });
  const asColumns = await surveyRows(rowsInMemory([{ q: "What is it?", a: "This." }]), options);
  expect(asChat.train.hashes).toEqual(asColumns.train.hashes);
});

test("malformed rows are counted, the first of them told with their places", async () => {
  const good = { q: "x", a: "y" };
  const rows = [good, undefined, good, ["no"], { q: "x" }, { q: 1, a: "y" }, good];
  const survey = await surveyRows(rowsInMemory(rows), options);
  expect([...survey.train.rows]).toEqual([0, 2, 6]);
  expect(survey).toMatchObject({ looked: 7, malformed: 4, duplicates: 2 });
  expect(survey.complaints.map(({ message }) => message)).toEqual([
    "rows.jsonl:2: this is no JSON.",
    "rows.jsonl:4: expected a JSON object with one member per column, found a list.",
    'rows.jsonl:5: column "a": expected a string, found no such column (there are: q).',
  ]);
  expect(refusal(survey)).toMatchObject({
    reason: "bad-row",
    message: "rows.jsonl:2: this is no JSON. It is the first of 4 rows that cannot be used.",
  });
  expect(refusal(await surveyRows(rowsInMemory([good]), options))).toBeNull();
});

test("limits are of the rows that are left, and what comes after them is not looked at", async () => {
  const rows = [undefined, ...Array.from({ length: 50 }, (_, n) => ({ q: `what is ${n}?`, a: `${n}` }))];
  const first = await surveyRows(rowsInMemory(rows), { ...options, limit: 3 });
  expect(first).toMatchObject({ looked: 4, malformed: 1 });
  expect([...first.train.rows]).toEqual([1, 2, 3]);
  const both = await surveyRows(rowsInMemory(rows), { ...options, split, limit: 3, samples: 2 });
  expect([both.train.rows.length, both.dev!.rows.length]).toEqual([3, 2]);
  const whole = await surveyRows(rowsInMemory(rows), { ...options, split });
  expect([...both.train.rows]).toEqual([...whole.train.rows.slice(0, 3)]);
  expect([...both.dev!.rows]).toEqual([...whole.dev!.rows.slice(0, 2)]);
});

test("the content's hash follows the rows that were chosen, to the letter", async () => {
  const hash = async (rows: unknown[], changes: Partial<SurveyOptions> = {}) =>
    (await surveyRows(rowsInMemory(rows), { ...options, ...changes })).train.contentHash;
  const rows = [
    { q: "a", a: "b" },
    { q: "c", a: "d" },
  ];
  expect(await hash([...rows, undefined])).toBe(await hash(rows));
  expect(await hash([...rows, { q: "e", a: "f" }], { limit: 2 })).toBe(await hash(rows));
  expect(await hash([{ q: "A", a: "b" }, rows[1]])).not.toBe(await hash(rows));
  expect(await hash([rows[1], rows[0]])).not.toBe(await hash(rows));
});

test("a survey on disk is what was written; one that is damaged is none", async () => {
  const folder = temporaryFolder();
  const source = { shown: "rows.jsonl", contentHash: "1" };
  const file = surveyFile(folder, source, options);
  const rows = Array.from({ length: 40 }, (_, n) => (n % 7 === 3 ? undefined : { q: `${n % 30}`, a: "x" }));
  const survey: Survey = await surveyRows(rowsInMemory(rows), { ...options, split });
  expect(readSurvey(file)).toBeNull();
  writeSurvey(file, survey);
  expect(readSurvey(file)).toEqual(survey);
  expect(fs.readdirSync(folder)).toHaveLength(1);
  const bytes = fs.readFileSync(file);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= by;
      fs.writeFileSync(file, damaged);
      expect(readSurvey(file)).toBeNull();
    }),
  );
  for (const length of [0, 10, bytes.length - 1]) {
    fs.writeFileSync(file, bytes.subarray(0, length));
    expect(readSurvey(file)).toBeNull();
  }
});

test("a survey is kept under everything that it follows from", () => {
  const source = { shown: "rows.jsonl", contentHash: "1" };
  const files = [
    surveyFile("f", source, options),
    surveyFile("f", { ...source, contentHash: "2" }, options),
    surveyFile("f", { ...source, shown: "other.jsonl" }, options),
    surveyFile("f", source, { ...options, split }),
    surveyFile("f", source, { ...options, duplicates: "drop" }),
    surveyFile("f", source, { ...options, limit: 3 }),
    surveyFile("f", source, { ...options, samples: 3 }),
    surveyFile("f", source, { ...options, format: { kind: "text", column: "q" } }),
  ];
  expect(new Set(files).size).toBe(files.length);
});
