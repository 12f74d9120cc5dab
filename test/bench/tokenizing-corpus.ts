/** Real text for measuring tokenizers: the README and licence files that npm installed, each text once. */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

export interface Corpus {
  /** For training a vocabulary. */
  training: string[];
  /** Other texts, for measuring. */
  measured: string[];
}

const LARGEST_FILE = 200_000;

export function readCorpus(): Corpus {
  const files = fs
    .readdirSync(path.join(__ROOT__, "node_modules"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(md|txt)$/i.test(file) && /(readme|licen[cs]e|changelog|history|docs?)/i.test(file))
    .sort();
  const seen = new Set<string>();
  const corpus: Corpus = { training: [], measured: [] };
  for (const file of files) {
    const text = fs.readFileSync(path.join(__ROOT__, "node_modules", file), "utf8").slice(0, LARGEST_FILE);
    const hash = crypto.createHash("sha256").update(text).digest("hex");
    if (seen.has(hash)) continue;
    seen.add(hash);
    (seen.size % 5 === 0 ? corpus.measured : corpus.training).push(text);
  }
  return corpus;
}
