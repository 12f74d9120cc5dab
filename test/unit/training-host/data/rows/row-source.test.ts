/** What a user names, and what comes of it: rows by number, or one clear sentence. */
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openDescribed, openRows } from "../../../../../training-host/data/rows/row-source";
import { temporaryFolder, write } from "../temporary-folder";
import { complaint, failsToOpen, fixtures, scanned, valuesOf, withRows } from "./opened-rows";

const good = '{"q": "1+1", "a": "2"}';
const rows = [
  { q: "1+1", a: "2" },
  { q: "1+1", a: "2" },
];

test.each([
  ["LF", "d.jsonl", `${good}\n${good}\n`],
  ["no line end at the end", "d.ndjson", `${good}\n${good}`],
  ["CR LF and blank lines", "d.jsonl", `\r\n${good}\r\n  \r\n\r\n${good}\r\n\r\n`],
  ["a byte order mark", "d.jsonl", `\uFEFF${good}\n${good}`],
  ["an array", "d.json", `\uFEFF \n[${good},\n${good}]`],
  ["an array over many lines", "d.json", JSON.stringify(rows, null, 2)],
  ["JSON lines named .json", "d.json", `${good}\n${good}`],
  ["a table", "d.csv", "\uFEFFq,a\r\n1+1,2\r\n1+1,2\r\n"],
  ["a table with quotes", "D.CSV", '"q","a"\n"1+1","2"\n\n"1+1",2'],
  ["a table with tabs", "d.tsv", "q\ta\n1+1\t2\n1+1\t2\n"],
])("reads rows with %s, packed and not", async (_name, name, content) => {
  const folder = temporaryFolder();
  write(folder, name, content);
  write(folder, `${name}.gz`, gzipSync(content));
  expect(await valuesOf(folder, name)).toEqual(rows);
  expect(await valuesOf(folder, `${name}.gz`)).toEqual(rows);
});

const latin1 = Buffer.concat([
  Buffer.from(`${good}\n{"q": "caf`),
  Buffer.of(0xe9),
  Buffer.from('", "a": "x"}\n'),
]);
const utf16 = (text: string) => Buffer.from(text, "utf16le");
const fixture = (name: string) => readFileSync(path.join(fixtures, name));
const gzipped = gzipSync(`${good}\n`.repeat(1000));

/** pyarrow's file, whose first column claims to be compressed by LZO (parquet.thrift, CompressionCodec 3). */
function lzo(): Buffer {
  const bytes = Buffer.from(fixture("none-v1.parquet"));
  const path = Buffer.from([0x19, 0x18, 2, ..."id".split("").map((letter) => letter.charCodeAt(0)), 0x15]);
  const at = bytes.lastIndexOf(path) + path.length;
  expect(bytes[at]).toBe(0);
  bytes[at] = 3 << 1;
  return bytes;
}

describe("what is wrong with a file is said in one sentence, with file and place", () => {
  test.each<[string, string | Uint8Array, string]>([
    ["empty.jsonl", "", "file-empty | The data file empty.jsonl has no rows."],
    ["blank.jsonl", "\n \r\n\n", "file-empty | The data file blank.jsonl has no rows."],
    ["empty.json", "[]", "file-empty | The data file empty.json has no rows."],
    ["header.csv", "q,a\n", "file-empty | The data file header.csv has no rows."],
    [
      "cut.jsonl",
      `${good}\n\n{"q": "1+1", "a": `,
      "bad-row | cut.jsonl:3: expected one JSON object on the line, found malformed JSON (unexpected end of JSON input).",
    ],
    [
      "word.jsonl",
      `${good}\nnonsense\n`,
      "bad-row | word.jsonl:2: expected one JSON object on the line, found malformed JSON (unexpected token 'o').",
    ],
    [
      "comma.jsonl",
      `${good}\n{"q": "1+1", "a": "2",}\n`,
      "bad-row | comma.jsonl:2: expected one JSON object on the line, found malformed JSON (expected double-quoted property name at column 23).",
    ],
    [
      "comma.json",
      `[\n${good},\n{"q": "é",}\n]`,
      "bad-row | comma.json, row 2: expected a JSON object, found malformed JSON (expected double-quoted property name at line 3, column 11).",
    ],
    [
      "lack.json",
      `[${good},]`,
      "bad-row | lack.json, row 2: expected a row, found nothing between commas (at line 1, column 25).",
    ],
    [
      "open.json",
      `[\n${good},\n{"q": [1, 2}, ${good}]`,
      "bad-row | open.json: the JSON array is malformed after row 1 (the file ends within the row that begins at line 3, column 1). What follows cannot be read: repair the file, or write it as JSON lines (.jsonl).",
    ],
    [
      "more.json",
      `[${good}]\n[${good}]`,
      "bad-row | more.json: the JSON array is malformed after row 1 (there is more after the end of the list at line 2, column 1). What follows cannot be read: repair the file, or write it as JSON lines (.jsonl).",
    ],
    [
      "object.json",
      JSON.stringify({ data: rows }, null, 1),
      `bad-row | object.json holds neither a JSON array nor JSON lines: its first line is no JSON by itself. Rows must be the file's own list ("[" first), or one object per line; a list within an object (such as its "data") must be taken out of it.`,
    ],
    [
      "deep.jsonl",
      `${good}\n{"q": ${"[".repeat(500)}${"]".repeat(500)}}\n`,
      "bad-row | deep.jsonl:2: expected one JSON object on the line, found malformed JSON (it is nested more than 100 levels deep).",
    ],
    [
      "many.json",
      `[${good}, [${"[],".repeat(2 ** 20)}[]]]`,
      "bad-row | many.json, row 2: expected a JSON object, found malformed JSON (it has millions of values, in the row that begins at line 1, column 26).",
    ],
    ["latin1.jsonl", latin1, "bad-encoding | latin1.jsonl:2: the text is not UTF-8. Save the file as UTF-8."],
    [
      "utf16.jsonl",
      utf16(`\uFEFF${good}\n`),
      "bad-encoding | utf16.jsonl: the text is not UTF-8, it looks like UTF-16. Save the file as UTF-8.",
    ],
    [
      "utf16.csv",
      utf16("q,a\n1,2\n"),
      "bad-encoding | utf16.csv: the text is not UTF-8, it looks like UTF-16. Save the file as UTF-8.",
    ],
    [
      "ragged.csv",
      'q,a\n1,2\n"3\n4",5,6\n',
      "bad-row | ragged.csv, row 2: expected 2 fields (q, a), found 3 (line 3).",
    ],
    [
      "quote.csv",
      'q,a\n"1"+1,2\n',
      'bad-row | quote.csv, row 1: a quoted field is followed by more text (line 2). A quote within a field has to be doubled ("").',
    ],
    [
      "unclosed.csv",
      'q,a\n1,2\n"1,2\n1,2\n',
      'bad-row | unclosed.csv: a quote is opened in the row that begins on line 3, and never closed. What follows cannot be told apart. A quote within a field has to be doubled ("").',
    ],
    [
      "twice.csv",
      "q,a,q,a,b\n1,2,3,4,5\n",
      "bad-column | twice.csv has two columns of the same name: q, a. Rename or remove one of them.",
    ],
    [
      "latin1.csv",
      Buffer.from("q,a\ncaf\xe9,2\n", "latin1"),
      "bad-encoding | latin1.csv, row 1: the text is not UTF-8 (line 2). Save the file as UTF-8.",
    ],
    [
      "cut.jsonl.gz",
      gzipped.subarray(0, -20),
      "file-unreadable | cut.jsonl.gz is cut off: its gzip data ends too early. Download or copy the file again.",
    ],
    [
      "plain.jsonl.gz",
      good,
      "file-unreadable | plain.jsonl.gz is damaged, or no gzip file (incorrect header check). Download or copy the file again.",
    ],
    [
      "joined.jsonl.gz",
      Buffer.concat([gzipped, Buffer.from("\0garbage")]),
      "file-unreadable | joined.jsonl.gz is damaged, or no gzip file (there is something else behind its data). Download or copy the file again.",
    ],
    [
      "cut.jsonl.zst",
      fixture("arrow.jsonl.zst").subarray(0, -20),
      "file-unreadable | cut.jsonl.zst is cut off: its Zstandard data ends too early. Download or copy the file again.",
    ],
    [
      "packed.jsonl",
      gzipped,
      "file-unreadable | packed.jsonl is no text file: it holds gzip data. Give it a name that ends in .gz.",
    ],
    [
      "table.csv",
      fixture("none-v1.parquet"),
      "file-unreadable | table.csv is no text file: it holds a Parquet table. Give it a name that ends in .parquet.",
    ],
    [
      "cut.parquet",
      fixture("none-v1.parquet").subarray(0, -100),
      "file-unreadable | cut.parquet is a damaged Parquet file: it does not end as a Parquet file does. Download or copy the file again.",
    ],
    [
      "no.parquet",
      "PAR1",
      "file-unreadable | no.parquet is a damaged Parquet file: it does not end as a Parquet file does. Download or copy the file again.",
    ],
    [
      "lzo.parquet",
      lzo(),
      'file-unreadable | lzo.parquet: column "id" is compressed by LZO, which cannot be read. Write the file again with zstd or snappy compression.',
    ],
    [
      "footer.parquet",
      fixture("encrypted-footer.parquet"),
      "file-unreadable | footer.parquet: its metadata is encrypted, which cannot be read. Write the file without encryption.",
    ],
    [
      "column.parquet",
      fixture("encrypted-column.parquet"),
      'file-unreadable | column.parquet: column "secret" is encrypted, which cannot be read. Write the file without encryption.',
    ],
    [
      "twice.parquet",
      fixture("duplicate-columns.parquet"),
      "bad-column | twice.parquet has two columns of the same name: x. Rename or remove one of them.",
    ],
    [
      "latin1.parquet",
      fixture("latin1.parquet"),
      'bad-encoding | latin1.parquet, row 2: column "text": the text is not UTF-8. Write the column as UTF-8.',
    ],
    [
      "rows.xlsx",
      "PK",
      'file-unreadable | rows.xlsx: files ending in ".xlsx" cannot be read. Use JSON lines (.jsonl, .ndjson), a JSON array (.json), a table (.csv, .tsv, .parquet); all but Parquet also as .gz or .zst.',
    ],
    [
      "noname",
      good,
      "file-unreadable | noname: files without a suffix cannot be read. Use JSON lines (.jsonl, .ndjson), a JSON array (.json), a table (.csv, .tsv, .parquet); all but Parquet also as .gz or .zst.",
    ],
  ])("%s", async (name, content, expected) => {
    const folder = temporaryFolder();
    write(folder, name, content);
    expect(await complaint(folder, name)).toBe(expected);
  });

  test("missing files and folders", async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "folder"));
    expect(await complaint(folder, "none.jsonl")).toBe(
      "file-missing | The data file none.jsonl does not exist. It was looked for at DIR/none.jsonl.",
    );
    expect(await complaint(folder, "folder")).toBe(
      "file-missing | folder is a folder, not a data file. Name one file in it, or write a pattern for several, such as folder/*.jsonl.",
    );
    expect(await complaint(folder, "folder/*.jsonl")).toBe(
      "file-missing | No file matches folder/*.jsonl. It was looked for in DIR.",
    );
  });
});

test("malformed rows are rows: the ones around them can be read", async () => {
  const folder = temporaryFolder();
  write(folder, "x.csv", "q,a\n1,2\n3\n5,6\n");
  write(folder, "x.jsonl", `${good}\nnonsense\n${good}\n`);
  write(folder, "x.json", `[${good}, nonsense, ${good}]`);
  for (const name of ["x.csv", "x.jsonl", "x.json"]) {
    await withRows({ path: name, baseDirectory: folder }, async (source) => {
      expect((await scanned(source)).map(({ malformed }) => malformed?.reason ?? null)).toEqual([
        null,
        "bad-row",
        null,
      ]);
      await expect(source.read(1)).rejects.toThrow(name);
      expect((await source.read(2)).place).toMatch(/3$/);
    });
  }
});

describe("patterns", () => {
  test("several files of several forms are one dataset, in the order of their names", async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "data/b"), { recursive: true });
    write(folder, "data/b/1.jsonl", '{"n": 3}\n');
    write(folder, "data/Z.csv", "n\n1\n");
    write(folder, "data/a10.jsonl", '{"n": 2}\nx\n');
    write(folder, "data/empty.jsonl", "");
    write(folder, "data/b/notes.txt", "not data");
    await withRows({ path: "data/**/*.{jsonl,csv}", baseDirectory: folder }, async (source) => {
      const all = await scanned(source);
      expect(all.map((row) => row.place)).toEqual([
        "data/Z.csv, row 1",
        "data/a10.jsonl:1",
        "data/a10.jsonl:2",
        "data/b/1.jsonl:1",
      ]);
      expect(all.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      expect((await source.read(3)).value).toEqual({ n: 3 });
      expect((await scanned(source, 1, 3)).map(({ index }) => index)).toEqual([1, 2]);
      expect(source.bytes).toBe(4 + 11 + 9);
      expect(all.at(-1)!.bytesRead).toBe(source.bytes);
    });
    expect(await complaint(folder, "data/b/*")).toMatch(
      /^file-unreadable \| data\/b\/notes.txt: files ending in ".txt"/,
    );
  });

  test("a file may be called like a pattern", async () => {
    const folder = temporaryFolder();
    write(folder, "data[1].jsonl", good);
    expect(await valuesOf(folder, "data[1].jsonl")).toHaveLength(1);
  });

  test("absolute patterns and lists of files", async () => {
    const folder = temporaryFolder();
    const files = [write(folder, "2.jsonl", '{"n": 2}'), write(folder, "1.jsonl", '{"n": 1}')];
    expect(await valuesOf("/", path.join(folder, "*.jsonl"), path.join(folder, "cache"))).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
    const source = await openRows({ shown: "org/name", files }, { cacheFolder: folder });
    expect((await scanned(source)).map(({ place }) => place)).toEqual([
      "org/name/2.jsonl:1",
      "org/name/1.jsonl:1",
    ]);
    await source.close();
    expect((await failsToOpen({ shown: "org/name", files: [] }, folder)).message).toBe(
      "org/name has no data files.",
    );
  });

  test("more files than are kept open", async () => {
    const folder = temporaryFolder();
    for (let n = 0; n < 80; n++) write(folder, `${n + 100}.jsonl`, `{"n": ${n}}\n`);
    await withRows({ path: "*.jsonl", baseDirectory: folder }, async (source) => {
      const numbers = Array.from({ length: 80 }, (_, n) => (n * 37) % 80);
      const values = await Promise.all(numbers.map(async (n) => (await source.read(n)).value));
      expect(values).toEqual(numbers.map((n) => ({ n })));
      if (process.platform === "linux") expect(readdirSync("/proc/self/fd").length).toBeLessThan(75);
    });
  });
});

test("a source opens again from its description, which can be sent to another thread", async () => {
  const folder = temporaryFolder();
  write(folder, "a.jsonl", `${good}\n`.repeat(1000));
  write(folder, "b.csv", "q,a\n1,2\n3\n");
  await withRows({ path: "*.{jsonl,csv}", baseDirectory: folder }, async (source) => {
    const again = openDescribed(structuredClone(source.description));
    expect(again.size).toBe(1002);
    expect(again.contentHash).toBe(source.contentHash);
    expect(await scanned(again)).toEqual(await scanned(source));
    await again.close();
  });
});

test("the content hash follows the rows, not the files' names, packing or place", async () => {
  const folder = temporaryFolder();
  const text = `${good}\n${good}\n`;
  write(folder, "a.jsonl", text);
  write(folder, "b.jsonl.gz", gzipSync(text));
  write(folder, "c.jsonl", text.replace("1+1", "1+2"));
  write(folder, "d.jsonl", `${good}\n`);
  const hashes = await Promise.all(
    ["a.jsonl", "b.jsonl.gz", "c.jsonl", "d.jsonl"].map((name) =>
      withRows({ path: name, baseDirectory: folder }, async ({ contentHash }) => contentHash),
    ),
  );
  expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(hashes[1]).toBe(hashes[0]);
  expect(new Set(hashes).size).toBe(3);
});

describe("the cache", () => {
  const location = (folder: string) => ({ path: "x.csv", baseDirectory: folder });
  const entries = (folder: string) =>
    readdirSync(path.join(folder, "cache")).map((name) => path.join(folder, "cache", name));

  test("what was laid out once is not laid out again", async () => {
    const folder = temporaryFolder();
    const file = write(folder, "x.csv", "q,a\n1,2\n");
    const hash = await withRows(location(folder), async ({ contentHash }) => contentHash);
    const [spool] = entries(folder).filter((name) => name.endsWith(".jsonl"));
    const { ino } = statSync(spool!);
    expect(await withRows(location(folder), async ({ contentHash }) => contentHash)).toBe(hash);
    expect(statSync(spool!).ino).toBe(ino);
    // Another time of change is another file.
    utimesSync(file, new Date(), new Date(1e9));
    await withRows(location(folder), async (source) => expect(source.contentHash).toBe(hash));
    expect(entries(folder)).toHaveLength(4);
  });

  test("whatever is damaged in it is made again", async () => {
    const folder = temporaryFolder();
    write(folder, "x.csv", `q,a\n${"1,2\n".repeat(50)}`);
    const expected = await valuesOf(folder, "x.csv");
    for (const damage of [
      (file: string) => rmSync(file),
      (file: string) => writeFileSync(file, ""),
      (file: string) => appendFileSync(file, "x"),
      (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -3)),
    ]) {
      for (const file of entries(folder)) {
        damage(file);
        expect(await valuesOf(folder, "x.csv")).toEqual(expected);
      }
    }
    const index = entries(folder).find((name) => name.endsWith(".index"))!;
    const bytes = readFileSync(index);
    for (let at = 0; at < bytes.length; at += 7) {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 0x10;
      writeFileSync(index, copy);
      expect(await valuesOf(folder, "x.csv")).toEqual(expected);
    }
    expect(entries(folder)).toHaveLength(2);
  });

  test("many that open the same file at once get the same rows, and leave nothing behind", async () => {
    const folder = temporaryFolder();
    write(folder, "x.csv", `q,a\n${"1,2\n".repeat(5000)}`);
    const hashes = await Promise.all(
      Array.from({ length: 8 }, () =>
        withRows(location(folder), async (source) => {
          expect(await scanned(source)).toHaveLength(5000);
          return source.contentHash;
        }),
      ),
    );
    expect(new Set(hashes).size).toBe(1);
    expect(entries(folder)).toHaveLength(2);
  });

  test("a file that fails leaves nothing behind", async () => {
    const folder = temporaryFolder();
    write(folder, "x.csv", 'q,a\n1,2\n"1,2\n');
    await failsToOpen(location(folder), path.join(folder, "cache"));
    expect(entries(folder)).toEqual([]);
  });

  test("a folder that cannot be written to is named", async () => {
    const folder = temporaryFolder();
    write(folder, "x.csv", "q,a\n1,2\n");
    const file = write(folder, "file", "");
    const { reason, message } = await failsToOpen(location(folder), path.join(file, "cache"));
    expect(reason).toBe("folder-unwritable");
    expect(message).toContain("x.csv");
  });
});

describe("files that change under a reader", () => {
  const content = `${good}\n`.repeat(60_000);

  test.each([
    ["written to", (file: string) => appendFileSync(file, good), /^file-unreadable d.jsonl was changed/],
    ["cut", (file: string) => writeFileSync(file, ""), /^file-unreadable d.jsonl was changed/],
  ])("%s", async (_name, change, expected) => {
    const folder = temporaryFolder();
    const file = write(folder, "d.jsonl", content);
    await withRows({ path: "d.jsonl", baseDirectory: folder }, async (source) => {
      await source.read(0);
      change(file);
      const told = await source.read(50_000).catch((error) => `${error.reason} ${error.message}`);
      expect(told).toMatch(expected);
      const scan = await scanned(source).catch((error) => `${error.reason} ${error.message}`);
      expect(scan).toMatch(expected);
    });
  });

  test.each(["d.jsonl", "d.csv"])("written to while %s is looked at for the first time", async (name) => {
    const folder = temporaryFolder();
    const file = write(folder, name, content);
    const opening = openRows(
      { path: name, baseDirectory: folder },
      { cacheFolder: path.join(folder, "cache"), onProgress: () => appendFileSync(file, `${good}\n`) },
    );
    await expect(opening).rejects.toMatchObject({
      reason: "file-unreadable",
      message: `${name} was changed while it was read.`,
    });
  });

  test("removed before it was opened", async () => {
    const folder = temporaryFolder();
    const file = write(folder, "d.jsonl", content);
    await withRows({ path: "d.jsonl", baseDirectory: folder }, async (source) => {
      rmSync(file);
      const told = await source.read(0).catch((error) => `${error.reason} ${error.message}`);
      expect(told).toBe("file-missing d.jsonl disappeared while it was read.");
    });
  });
});

test("opening can be cancelled, and tells how far it is", async () => {
  const folder = temporaryFolder();
  write(folder, "d.jsonl", `${good}\n`.repeat(400_000));
  const shares: number[] = [];
  const location = { path: "d.jsonl", baseDirectory: folder };
  const source = await openRows(location, { cacheFolder: folder, onProgress: (share) => shares.push(share) });
  await source.close();
  expect(shares.length).toBeGreaterThan(3);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  rmSync(path.join(folder, readdirSync(folder).find((name) => name.endsWith(".index"))!));
  const controller = new AbortController();
  const opening = openRows(location, {
    cacheFolder: folder,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(opening).rejects.toMatchObject({ reason: "cancelled" });
});
