/** Files of a model folder that go along, as they are, when a model is saved: what transformers needs besides the weights. */
import * as fs from "node:fs";
import * as path from "node:path";

const ofModel = ["generation_config.json"];

const ofTokenizer = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "tokenizer.model",
  "chat_template.jinja",
  "chat_template.json",
];

export interface CarriedFile {
  source: string;
  /** Its name in the folder that is saved. */
  name: string;
}

/**
 * `modelFolder`: where the model was loaded from; null: from nowhere. `tokenizerFiles`: those that the tokenizer was read from, its
 * tokenizer.json first; what else lies beside that for other implementations of it goes along, too.
 */
export function carriedFiles(modelFolder: string | null, tokenizerFiles: readonly string[]): CarriedFile[] {
  const files: CarriedFile[] = modelFolder === null ? [] : inFolder(modelFolder, ofModel);
  const [definition] = tokenizerFiles;
  if (definition === undefined) return files;
  const others = ofTokenizer.filter((name) => name !== "tokenizer.json");
  return [
    ...files,
    { source: definition, name: "tokenizer.json" },
    ...inFolder(path.dirname(definition), others),
  ];
}

function inFolder(folder: string, names: readonly string[]): CarriedFile[] {
  return names
    .map((name) => ({ source: path.join(folder, name), name }))
    .filter(({ source }) => fs.existsSync(source));
}
