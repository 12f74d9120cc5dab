import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockCache } from "../../../../../training-host/data/examples/block-cache";
import type { EncodedRows } from "../../../../../training-host/data/examples/encode-rows";
import {
  exampleSize,
  readExample,
  writeExample,
} from "../../../../../training-host/data/examples/example-bytes";
import {
  ExampleFileWriter,
  isBeingWritten,
  openExampleFile,
} from "../../../../../training-host/data/examples/example-file";
import type { Example } from "../../../../../training-host/data/packed-batch";
import { temporaryFolder } from "../temporary-folder";

const example: fc.Arbitrary<Example> = fc
  .array(fc.tuple(fc.nat(2 ** 31 - 1), fc.boolean()), { maxLength: 70 })
  .map((tokens) => ({
    ids: Int32Array.from(tokens, ([id]) => id),
    learned: Uint8Array.from(tokens, ([, learned]) => (learned ? 1 : 0)),
  }));

function encode(examples: readonly Example[]): EncodedRows {
  const lengths = Uint32Array.from(examples, ({ ids }) => ids.length);
  const bytes = Buffer.alloc(lengths.reduce((sum, length) => sum + exampleSize(length), 0));
  let offset = 0;
  for (const one of examples) offset = writeExample(one, bytes, offset);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  return { bytes, lengths, facts: { tokens, responseTokens: 1, truncated: 2, dropped: 3 } };
}

/** Examples of some hundred tokens, together larger than a block of the cache. */
function manyExamples(count: number): Example[] {
  return Array.from({ length: count }, (_, n) => ({
    ids: Int32Array.from({ length: (n * 37) % 400 }, (_, at) => n * 1000 + at),
    learned: Uint8Array.from({ length: (n * 37) % 400 }, (_, at) => (at + n) % 2),
  }));
}

test("an example comes back from its bytes, and no damaged one does", () => {
  fc.assert(
    fc.property(example, fc.nat(), fc.integer({ min: 1, max: 255 }), (original, at, by) => {
      const { bytes } = encode([original]);
      const buffer = Buffer.from(bytes);
      expect(readExample(buffer, original.ids.length)).toEqual(original);
      buffer[at % buffer.length]! ^= by;
      expect(readExample(buffer, original.ids.length)).toBeNull();
    }),
  );
});

test("examples are read by number from a file that is being written, and from the whole one", async () => {
  const folder = path.join(temporaryFolder(), "key");
  const examples = manyExamples(300);
  // So few blocks that they are forgotten and read again.
  const cache = new BlockCache(2 * 64 * 2 ** 10);
  expect(await openExampleFile(folder, examples.length, cache)).toBeNull();
  const writer = await ExampleFileWriter.create(folder, examples.length, cache);
  for (let from = 0; from < examples.length; from += 130) {
    await writer.append(encode(examples.slice(from, from + 130)));
    for (const index of [0, from, writer.offsets.count - 1])
      expect(await writer.read(index)).toEqual(examples[index]);
  }
  const file = await writer.finish();
  for (const index of [299, 3, 200, 201, 63, 64, 65, 0])
    expect(await file.read(index)).toEqual(examples[index]);
  expect(file.facts).toMatchObject({ responseTokens: 3, truncated: 6, dropped: 9 });
  await file.close();
  const again = await openExampleFile(folder, examples.length, cache);
  for (const [index, one] of examples.entries()) expect(await again!.read(index)).toEqual(one);
  await again!.close();
});

test("a whole file that is damaged is none, or has examples that are none", async () => {
  const folder = path.join(temporaryFolder(), "key");
  const examples = manyExamples(50);
  const write = async () => {
    const writer = await ExampleFileWriter.create(folder, examples.length, new BlockCache());
    await writer.append(encode(examples));
    await (await writer.finish()).close();
  };
  await write();
  const open = () => openExampleFile(folder, examples.length, new BlockCache());
  const bytes = path.join(folder, "examples.bin");
  fs.truncateSync(bytes, fs.statSync(bytes).size - 1);
  expect(await open()).toBeNull();
  // It is replaced, not kept.
  await write();
  const lengths = path.join(folder, "lengths.bin");
  fs.writeFileSync(lengths, fs.readFileSync(lengths).fill(1, 8, 9));
  expect(await open()).toBeNull();
  await write();
  expect(await openExampleFile(folder, 49, new BlockCache())).toBeNull();
  const content = fs.readFileSync(bytes);
  content[2000]! ^= 4;
  fs.writeFileSync(bytes, content);
  const damaged = await open();
  const read = await Promise.all(examples.map((_, index) => damaged!.read(index)));
  expect(read.filter((one) => one === null)).toHaveLength(1);
  expect(read.filter((one) => one !== null)).toHaveLength(49);
  await damaged!.close();
});

test("of two writers of the same examples one is first, and both have them; nothing is left behind", async () => {
  const parent = temporaryFolder();
  const folder = path.join(parent, "key");
  const examples = manyExamples(20);
  const cache = new BlockCache();
  const writers = await Promise.all([1, 2].map(() => ExampleFileWriter.create(folder, 20, cache)));
  for (const writer of writers) await writer.append(encode(examples));
  const files = await Promise.all(writers.map((writer) => writer.finish()));
  for (const file of files) expect(await file.read(19)).toEqual(examples[19]);
  for (const file of files) await file.close();
  expect(fs.readdirSync(parent)).toEqual(["key"]);
});

test("what a process that is gone has begun is removed; what a living one writes is not", async () => {
  const parent = temporaryFolder();
  const cache = new BlockCache();
  const living = await ExampleFileWriter.create(path.join(parent, "other"), 5, cache);
  const [begun] = fs.readdirSync(parent) as [string];
  // No process has the highest number that there may be.
  const gone = begun.replace(`-${process.pid}-`, "-4194305-");
  fs.mkdirSync(path.join(parent, gone));
  const writer = await ExampleFileWriter.create(path.join(parent, "key"), 1, cache);
  expect(fs.readdirSync(parent)).toContain(begun);
  expect(fs.readdirSync(parent)).not.toContain(gone);
  // Its own work is none that this process could leave to another.
  expect(isBeingWritten(path.join(parent, "other"))).toBe(false);
  const others = begun.replace(`-${process.pid}-`, `-${process.ppid}-`);
  fs.renameSync(path.join(parent, begun), path.join(parent, others));
  expect(isBeingWritten(path.join(parent, "other"))).toBe(true);
  expect(isBeingWritten(path.join(parent, "key"))).toBe(false);
  fs.renameSync(path.join(parent, others), path.join(parent, begun));
  await living.close();
  await writer.close();
  expect(fs.readdirSync(parent)).toEqual([]);
});

test("says where examples cannot be written", async () => {
  const parent = temporaryFolder();
  fs.writeFileSync(path.join(parent, "file"), "");
  await expect(
    ExampleFileWriter.create(path.join(parent, "file", "key"), 1, new BlockCache()),
  ).rejects.toMatchObject({ reason: "folder-unwritable" });
});
