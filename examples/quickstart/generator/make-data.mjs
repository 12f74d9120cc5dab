// Writes the quickstart's data, the same bytes at every run:
//   data/<skill>.train.jsonl, data/<skill>.dev.jsonl     the four skills ({"prompt","answer"} per line)
//   base/data/{echoes,documents,questions,families}[.dev].jsonl   with --base: what the base model is pre-trained on ({"text"} per line)
// Usage: node examples/quickstart/generator/make-data.mjs [--base] [--to=FOLDER]
import * as fs from "node:fs";
import * as path from "node:path";
import { countryPairs } from "./country-names.mjs";
import { document, echo, family, question } from "./documents.mjs";
import { seeded } from "./random.mjs";
import { HELD_OUT, trainingSizes } from "./sizes.mjs";
import { arith, convert, copy, factWordings } from "./skills.mjs";

const to = process.argv.find((argument) => argument.startsWith("--to="))?.slice("--to=".length);
const quickstart = path.resolve(to ?? path.join(import.meta.dirname, ".."));

function writeRows(file, rows) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  console.log(`${path.relative(quickstart, file)}: ${rows.length} rows`);
}

/** `count` rows with prompts that are not in `seen`, which grows. */
function distinctRows(count, make, seen) {
  const rows = [];
  for (let tries = 0; rows.length < count && tries < count * 50; tries++) {
    const row = make();
    if (seen.has(row.prompt)) continue;
    seen.add(row.prompt);
    rows.push(row);
  }
  return rows;
}

/** Held-out rows are drawn first, from a generator of their own, and share no prompt with the training rows. */
function skillRows(skill, size) {
  const seen = new Set();
  const heldOutRandom = seeded(777);
  const heldOut = distinctRows(HELD_OUT, () => skill(heldOutRandom), seen);
  const random = seeded(1000 + size);
  return { heldOut, train: distinctRows(size, () => skill(random), seen) };
}

function factRows(size) {
  const facts = countryPairs.slice(0, size);
  const ask = (fact, wording) => ({
    prompt: factWordings[wording % factWordings.length](fact),
    answer: fact.name,
  });
  return {
    train: facts.map((fact, i) => ask(fact, i)),
    heldOut: facts.slice(0, HELD_OUT).map((fact, i) => ask(fact, i + 1)),
  };
}

const makers = {
  arith: (size) => skillRows(arith, size),
  convert: (size) => skillRows(convert, size),
  facts: factRows,
  copy: (size) => skillRows(copy, size),
};

for (const [name, size] of Object.entries(trainingSizes)) {
  const { train, heldOut } = makers[name](size);
  writeRows(path.join(quickstart, "data", `${name}.train.jsonl`), train);
  writeRows(path.join(quickstart, "data", `${name}.dev.jsonl`), heldOut);
}

if (process.argv.includes("--base")) {
  const base = path.join(quickstart, "base/data");
  const [random, heldOutRandom] = [seeded(4321), seeded(1234)];
  const kinds = {
    echoes: [20_000, echo],
    documents: [60_000, document],
    questions: [30_000, question],
    families: [6_000, family],
  };
  for (const [name, [size, make]] of Object.entries(kinds)) {
    const heldOut = heldOutRandom.many(HELD_OUT, () => make(heldOutRandom));
    const kept = new Set(heldOut.map(({ text }) => text));
    writeRows(path.join(base, `${name}.dev.jsonl`), heldOut);
    writeRows(
      path.join(base, `${name}.jsonl`),
      random.many(size, () => make(random)).filter(({ text }) => !kept.has(text)),
    );
  }
}
