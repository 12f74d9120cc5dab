/**
 * Which files of a data set's repository are its training split: those that the user names, else those of its card, else by
 * the names that Python's `datasets` looks for (https://huggingface.co/docs/datasets/repository_structure).
 */
import { type CardConfig, cardConfigs } from "./dataset-card";
import { nothingSuitable } from "./failures";
import { isPattern, matchesPattern } from "./file-pattern";
import type { HubRepository } from "./repository";
import { shownName } from "./repository-file";

export const CARD = "README.md";

/** Files that can be read as rows, by how their names end. */
const readable = /\.(jsonl|ndjson|json|csv|tsv|parquet)(\.(gz|zst))?$/i;

/** JSON files that describe, and hold no rows. */
const descriptions: ReadonlySet<string> = new Set([
  "config.json",
  "dataset_info.json",
  "dataset_infos.json",
  "dataset_dict.json",
  "state.json",
]);

/**
 * Sorted by path, so that a commit always gives the same rows in the same order.
 * @param files The pattern that the user gave; null: none.
 * @param card Content of the README; null: there is none.
 * @throws UserError "hub-not-found" that says what to write instead.
 */
export function trainingFiles(
  repository: HubRepository,
  paths: Iterable<string>,
  files: string | null,
  card: string | null,
): string[] {
  const all = [...paths].sort();
  if (files !== null) return namedFiles(repository, all, files);
  const fromCard = card === null ? [] : cardConfigs(card);
  if (fromCard === null) {
    throw nothingSuitable(
      repository,
      "says in its README which files are for training, in a way that is not understood here",
      `${nameThem} Its files: ${some(all.filter(isData))}.`,
    );
  }
  const config = chooseConfig(repository, fromCard);
  const folder = config === null || config.folder === "" ? "" : `${config.folder}/`;
  const inside = all.flatMap((path) => (path.startsWith(folder) ? path.slice(folder.length) : []));
  const chosen = config?.splits
    ? configFiles(repository, inside, config, config.splits)
    : ofOneKind(repository, conventionalFiles(repository, inside.filter(isData)));
  return chosen.map((path) => `${folder}${path}`);
}

/** What is written by the user is taken as it is, and must be there. */
function namedFiles(repository: HubRepository, all: readonly string[], files: string): string[] {
  const matching = all.filter((path) => path === files || matchesPattern(path, files));
  const shown = isPattern(files) ? `no file that "${files}" fits` : `no file "${files}"`;
  if (matching.length === 0) {
    throw nothingSuitable(
      repository,
      `has ${shown} at "${repository.revision}"`,
      `Its files: ${some(all.filter(isData)) || some(all)}.`,
    );
  }
  const rows = matching.filter((path) => readable.test(path));
  if (rows.length === 0) throw unreadable(repository, matching);
  return ofOneKind(repository, rows);
}

function chooseConfig(repository: HubRepository, configs: readonly CardConfig[]): CardConfig | null {
  if (configs.length <= 1) return configs[0] ?? null;
  const preferred = configs.find(({ isDefault }) => isDefault);
  if (preferred) return preferred;
  throw nothingSuitable(
    repository,
    `has ${configs.length} configurations (${some(configs.map(({ name }) => name))}), none of which is the default`,
    `${nameThem} ${examplesOf(configs[0]!)}`,
  );
}

function configFiles(
  repository: HubRepository,
  all: readonly string[],
  config: CardConfig,
  splits: ReadonlyMap<string, readonly string[]>,
): string[] {
  const patterns = splits.get("train");
  if (patterns === undefined) {
    throw nothingSuitable(
      repository,
      `has no split "train" in its configuration "${shownName(config.name)}", but ${some([...splits.keys()])}`,
      `${nameThem} ${examplesOf(config)}`,
    );
  }
  const matching = all.filter((path) =>
    patterns.some((pattern) => path === pattern || matchesPattern(path, pattern)),
  );
  if (matching.length === 0) {
    throw nothingSuitable(
      repository,
      `has none of the files that its README names for training (${some(patterns)})`,
      `${nameThem} Its files: ${some(all.filter(isData))}.`,
    );
  }
  const rows = matching.filter((path) => readable.test(path));
  if (rows.length === 0) throw unreadable(repository, matching);
  return ofOneKind(repository, rows);
}

const keywords = {
  train: ["train", "training"],
  validation: ["validation", "valid", "dev", "val"],
  test: ["test", "testing", "eval", "evaluation"],
} as const;

type Split = keyof typeof keywords;

/** The first of these that fits any file: shards in `data/`, names of folders, names of files; else all are for training. */
function conventionalFiles(repository: HubRepository, data: readonly string[]): string[] {
  if (data.length === 0) {
    throw nothingSuitable(
      repository,
      "holds no data file that can be read (JSON lines, JSON, CSV or Parquet)",
      parquetAdvice,
    );
  }
  const shards = data.filter((path) => shardSplit(path) !== null);
  const splitOf: readonly ((path: string) => Split | string | null)[] = [
    ...(shards.length > 0 ? [shardSplit] : []),
    (path) => keywordIn(path.split("/").slice(0, -1)),
    (path) => keywordIn(path.split("/").slice(-1)),
  ];
  for (const split of splitOf) {
    const splits = new Set(data.map(split).filter((name) => name !== null));
    if (splits.size === 0) continue;
    if (splits.has("train")) return data.filter((path) => split(path) === "train");
    throw nothingSuitable(
      repository,
      `has no training split, but ${some([...splits].sort())}`,
      `${nameThem} Its files: ${some(data)}.`,
    );
  }
  return [...data];
}

function shardSplit(path: string): string | null {
  return /^data\/([\w.]+)-\d{5}-of-\d{5}[^/]*\.[^/]*$/.exec(path)?.[1] ?? null;
}

/** A keyword that stands by itself, between signs that are no letters. */
function keywordIn(names: readonly string[]): Split | null {
  const words = names.flatMap((name) => name.toLowerCase().split(/[-._ 0-9]+/));
  const splits = Object.keys(keywords) as Split[];
  return splits.find((split) => keywords[split].some((word) => words.includes(word))) ?? null;
}

function isData(path: string): boolean {
  const parts = path.split("/");
  return (
    readable.test(path) && !descriptions.has(parts.at(-1)!) && !parts.some((part) => /^(\.|__)/.test(part))
  );
}

/** The same rows often lie there twice, in two kinds of file. */
function ofOneKind(repository: HubRepository, files: readonly string[]): string[] {
  const kinds = new Map(files.map((path) => [kindOf(path), path]));
  if (kinds.size <= 1) return [...files];
  throw nothingSuitable(
    repository,
    `has training files of ${kinds.size} kinds (${[...kinds.keys()].sort().join(", ")}), which may hold the same rows`,
    `${nameThem} For example: ${[...kinds.values()].map((path) => `files="${shownName(path)}"`).join(" or ")}.`,
  );
}

function kindOf(path: string): string {
  const kind = readable.exec(path)![1]!.toLowerCase();
  return kind === "jsonl" || kind === "ndjson" ? "json" : kind;
}

function unreadable(repository: HubRepository, files: readonly string[]) {
  return nothingSuitable(
    repository,
    `has ${some(files)}, which cannot be read (JSON lines, JSON, CSV and Parquet can)`,
    parquetAdvice,
  );
}

/** Shards say how many they are: those that are not among `files`, of the splits that are. Names of other files tell nothing. */
export function missingShards(files: readonly string[]): string[] {
  const have = new Set(files);
  const splits = new Map<string, string[]>();
  for (const path of files) {
    const match = /^(.*-)\d{5}(-of-(\d{5})(?!\d).*)$/.exec(path);
    if (match !== null) splits.set(`${match[1]}*${match[2]}`, [...match]);
  }
  return [...splits.values()].flatMap(([, before, after, count]) =>
    Array.from(
      { length: Number(count) },
      (_, index) => `${before}${String(index).padStart(5, "0")}${after}`,
    ).filter((name) => !have.has(name)),
  );
}

const nameThem = 'Name the files, such as files="data/train-*.parquet".';
const parquetAdvice =
  'The Hub keeps most data sets as Parquet, too: revision="refs/convert/parquet". Or name the files by files="...".';

function examplesOf({ folder, splits }: CardConfig): string {
  const inside = splits === null ? (folder === "" ? [] : ["**"]) : [...splits.values()].flat();
  const patterns = inside.map((pattern) => (folder === "" ? pattern : `${folder}/${pattern}`));
  return patterns.length === 0 ? "" : `Its README names: ${some(patterns)}.`;
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 6).map(shownName).join(", ");
  return names.length > 6 ? `${shown}, and ${names.length - 6} more` : shown;
}
