import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../../contracts/user-error";
import { cardConfigs } from "../../../../training-host/hub/dataset-card";
import { missingShards, trainingFiles } from "../../../../training-host/hub/dataset-files";
import { matchesPattern } from "../../../../training-host/hub/file-pattern";

const repository = { kind: "dataset", name: "someone/rows", revision: "main" } as const;

function chosen(paths: readonly string[], files: string | null = null, card: string | null = null): string[] {
  return trainingFiles(repository, paths, files, card);
}

function refusal(paths: readonly string[], files: string | null = null, card: string | null = null): string {
  try {
    return `chose ${chosen(paths, files, card).join(", ")}`;
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { reason, message, advice } = error as UserError;
    expect(reason).toBe("hub-not-found");
    expect(message).toContain('The dataset "someone/rows"');
    return `${message} ${advice}`;
  }
}

const card = (configs: string) =>
  `---\nlicense: mit\nconfigs:\n${configs}\ntags:\n- a: {b: [c]}\n---\n# Rows\n`;

describe("the training split by names", () => {
  // What `datasets` 5.2.0 finds in folders of these files: get_data_patterns.
  it.each([
    [
      "shards",
      [
        "data/train-00000-of-00002.parquet",
        "data/train-00001-of-00002-abc.parquet",
        "data/test-00000-of-00001.parquet",
        "other.parquet",
      ],
      [0, 1],
    ],
    ["a folder", ["train/a.jsonl", "train/deep/b.jsonl", "test/a.jsonl"], [0, 1]],
    ["a folder's word", ["en-train-v1/a.jsonl", "en-dev/a.jsonl"], [0]],
    ["a file's name", ["train.jsonl", "validation.jsonl", "test.jsonl"], [0]],
    ["a file's word", ["my.training.set.jsonl", "my-eval.jsonl"], [0]],
    [
      "a converted configuration",
      ["default/train/0000.parquet", "default/train/0001.parquet", "default/test/0000.parquet"],
      [0, 1],
    ],
    ["no word at all", ["MathInstruct.json"], [0]],
    ["no word at all, several files", ["a.jsonl", "b.jsonl.gz", "c.json"], [0, 1, 2]],
    ["a word within a word, which is none", ["trainable.jsonl", "contest.jsonl"], [0, 1]],
    ["upper case", ["TRAIN.CSV"], [0]],
  ] as const)("is found by %s", (_, paths, indices) => {
    expect(chosen([...paths].reverse())).toEqual(indices.map((index) => paths[index]).sort());
  });

  it("leaves descriptions, hidden files and other kinds alone", () => {
    const noise = [
      "README.md",
      "dataset_infos.json",
      ".cache/a.jsonl",
      "__pycache__/b.json",
      "picture.png",
      "state.json",
    ];
    expect(chosen([...noise, "rows.jsonl"])).toEqual(["rows.jsonl"]);
  });

  it.each([
    ["nothing to read", ["a.tfrecord", "README.md"], /holds no data file .*refs\/convert\/parquet/],
    [
      "other splits alone",
      ["test.jsonl", "dev.jsonl"],
      /has no training split, but test, validation\. Name the files, .*dev\.jsonl, test\.jsonl/,
    ],
    [
      "the same rows in two kinds",
      ["train.csv", "train.parquet"],
      /2 kinds \(csv, parquet\).*files="train\.csv" or files="train\.parquet"/,
    ],
  ] as const)("is refused with %s", (_, paths, expected) => {
    expect(refusal(paths)).toMatch(expected);
  });
});

describe("the files that the user names", () => {
  const paths = ["a/x-1.jsonl", "a/x-2.jsonl", "b/x-1.jsonl", "notes.txt"];

  it.each([
    ["a/x-1.jsonl", [0]],
    ["a/*.jsonl", [0, 1]],
    ["**/x-1.jsonl", [0, 2]],
    ["a/x-[12].jsonl", [0, 1]],
    ["?/x-1.jsonl", [0, 2]],
    ["a/*", [0, 1]],
  ] as const)("are those that %s fits", (pattern, indices) => {
    expect(chosen(paths, pattern)).toEqual(indices.map((index) => paths[index]));
  });

  it("must be there, and be readable", () => {
    expect(refusal(paths, "c/*.jsonl")).toMatch(
      /has no file that "c\/\*\.jsonl" fits at "main"\. Its files: a\/x-1\.jsonl/,
    );
    expect(refusal(paths, "c.jsonl")).toMatch(/has no file "c\.jsonl"/);
    expect(refusal(paths, "notes.txt")).toMatch(/has notes\.txt, which cannot be read/);
  });
});

describe("a data set's card", () => {
  const paths = ["en/train-1.jsonl", "en/train-2.jsonl", "en/test.jsonl", "fr/all.jsonl"];

  it.each([
    [
      "splits",
      "- config_name: default\n  data_files:\n  - split: train\n    path: en/train-*\n  - split: test\n    path: en/test.jsonl",
      [0, 1],
    ],
    [
      "deeper lists",
      '  - config_name: default\n    data_files:\n      - split: train\n        path:\n          - en/train-1.jsonl\n          - "fr/*.jsonl"',
      [0, 3],
    ],
    [
      "an inline list",
      "- config_name: one\n  data_files:\n  - split: train\n    path: [en/train-1.jsonl, 'fr/all.jsonl']",
      [0, 3],
    ],
    ["one pattern", '- config_name: x\n  data_files: "fr/*.jsonl"  # all', [3]],
    [
      "the default of several",
      "- config_name: en\n  data_files: en/train-*\n- config_name: fr\n  data_files: fr/all.jsonl\n  default: true",
      [3],
    ],
    ["a folder", "- config_name: default\n  data_dir: en", [0, 1]],
    ["patterns in a folder", "- config_name: default\n  data_dir: ./fr/\n  data_files: '*.jsonl'", [3]],
    [
      "comments",
      "# configurations\n- config_name: default\n  # the files\n  data_files: en/train-1.jsonl",
      [0],
    ],
  ] as const)("names them by %s", (_, configs, indices) => {
    expect(chosen(paths, null, card(configs))).toEqual(indices.map((index) => paths[index]));
  });

  it.each([
    [
      "several configurations",
      "- config_name: en\n  data_files: en/*\n- config_name: fr\n  data_files: fr/*",
      /2 configurations \(en, fr\), none of which is the default.*Its README names: en\/\*/,
    ],
    [
      "no split for training",
      "- config_name: default\n  data_files:\n  - split: train_sft\n    path: en/*",
      /has no split "train" .*but train_sft.*Its README names: en\/\*/,
    ],
    [
      "files that are not there",
      "- config_name: default\n  data_files: nowhere/*",
      /none of the files that its README names/,
    ],
    ["YAML beyond what people write", "- &x {config_name: default}", /in a way that is not understood here/],
    ["an anchor", "- config_name: default\n  data_files: *files", /not understood/],
  ] as const)("is no help with %s", (_, configs, expected) => {
    expect(refusal(paths, null, card(configs))).toMatch(expected);
  });

  it("may say nothing about files", () => {
    expect(chosen(paths, null, "# Rows")).toEqual(["en/train-1.jsonl", "en/train-2.jsonl"]);
    expect(chosen(paths, null, "---\nlicense: mit\n---\n")).toEqual(["en/train-1.jsonl", "en/train-2.jsonl"]);
    expect(cardConfigs(card("- config_name: default"))).toEqual([
      { name: "default", isDefault: true, folder: "", splits: null },
    ]);
  });

  it("never breaks, whatever it says", () => {
    const line = fc.stringMatching(
      /^ {0,6}(- )?(config_name|data_files|split|path|"x")?(: ?)?["'[\]{}a-z*&#, ]{0,12}$/,
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const configs = cardConfigs(`---\nconfigs:\n${lines.join("\n")}\n---\n`);
        return configs === null || Array.isArray(configs);
      }),
      { numRuns: 2000 },
    );
    expect(cardConfigs(`---\nconfigs:\n${"- ".repeat(50_000)}x\n---`)).toBeNull();
    const deep = Array.from({ length: 1000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n");
    expect(cardConfigs(`---\nconfigs:\n${deep}\n---`)).toBeNull();
  });
});

describe("a pattern of file names", () => {
  it.each([
    ["*.csv", "a.csv", true],
    ["*.csv", "d/a.csv", false],
    ["**/*.csv", "a.csv", true],
    ["**/*.csv", "d/e/a.csv", true],
    ["data/**", "data/a/b.csv", true],
    ["data/**/b.csv", "data/b.csv", true],
    ["a**c", "abbc", true],
    ["[!a]x", "bx", true],
    ["[!a]x", "ax", false],
    ["[a-c-]x", "-x", true],
    ["[", "[", true],
    ["./a.csv", "a.csv", true],
    ["a.csv", "aXcsv", false],
    ["", "a", false],
  ])("%s and %s: %s", (pattern, path, expected) => {
    expect(matchesPattern(path, pattern)).toBe(expected);
  });

  it("fits the name that it was made of", () => {
    const part = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,7}$/);
    const path = fc.array(part, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(path, fc.nat(8), (parts, at) => {
        const whole = parts.join("/");
        const patterns = [
          whole,
          parts.map((name) => `${name.slice(0, at)}*`).join("/"),
          parts.map((name) => name.replace(/./g, "?")).join("/"),
          `**/${parts.at(-1)}`,
          `${parts[0]}${parts.length > 1 ? "/**" : ""}`,
        ];
        return patterns.every((pattern) => matchesPattern(whole, pattern));
      }),
    );
  });

  it("takes no time that grows beyond both lengths", () => {
    const started = process.cpuUsage();
    expect(matchesPattern("a".repeat(900), `${"*a".repeat(200)}b`)).toBe(false);
    expect(matchesPattern("a/".repeat(400), `${"**/a/".repeat(90)}b`)).toBe(false);
    // With backtracking: longer than the age of the universe.
    expect(process.cpuUsage(started).user).toBeLessThan(5e6);
  });
});

describe("shards", () => {
  it("tell which of them are missing", () => {
    const name = (number: number) => `data/train-0000${number}-of-00003.parquet`;
    expect(missingShards([name(1), "other.jsonl"])).toEqual([name(0), name(2)]);
    expect(missingShards([0, 1, 2].map(name))).toEqual([]);
    expect(missingShards(["x-00000-of-99999999.parquet"])).toEqual([]);
  });
});
