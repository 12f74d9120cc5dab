/** Damaged and hostile checkpoints: whatever is in them, the user gets a sentence, and no memory is taken for it. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../../contracts/user-error";
import { loadCheckpoint } from "../../../../training-host/model/checkpoint/load";
import { SafetensorsFile, writeSafetensors } from "../../../../training-host/model/checkpoint/safetensors";
import { readHeader } from "../../../../training-host/model/checkpoint/safetensors-header";
import { saveCheckpoint } from "../../../../training-host/model/checkpoint/save";
import { createFromScratch } from "../../../../training-host/model/scratch";
import { Random } from "../../../../training-host/random";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { Heap } from "../../../../training-host/tensor/wasm/heap";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostile-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** More than every test here needs, and far less than what a file may claim. */
const MOST_BYTES = 300 * 2 ** 20;

/** What the process holds outside of JavaScript's own heap, which is where tensors and buffers are. */
function heldBytes(): number {
  const { arrayBuffers, external } = process.memoryUsage();
  return arrayBuffers + external;
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, true, "", "F32", "F64", "F4", "I8", "x".repeat(300), [], {}, [[]], [null]),
  fc.constantFrom<unknown>(0, -1, 0.5, 1, 2, 3, 7, 2 ** 31, 2 ** 32, 2 ** 53, 1e20, 1e308, -(2 ** 53)),
  fc.array(fc.constantFrom(0, 1, 2, 3, 5, 8, 24, 2 ** 31, 2 ** 52, -4, 0.5), { maxLength: 4 }),
  fc.array(fc.nat(40), { maxLength: 60 }),
);

type Header = Record<string, Record<string, unknown>>;

/** Changes of the header as JSON. */
const headerChange: fc.Arbitrary<(header: Header) => Header> = fc
  .tuple(fc.nat(), fc.constantFrom("dtype", "shape", "data_offsets", "more"), junk, fc.nat(7), fc.nat(60))
  .map(([which, key, value, kind, offset]) => (header: Header) => {
    const names = Object.keys(header);
    const name = names[which % names.length]!;
    const entry = header[name];
    if (kind === 0) return { ...header, [name]: value as Record<string, unknown> };
    if (kind === 1) return Object.fromEntries(Object.entries(header).filter(([other]) => other !== name));
    if (kind === 2) return { ...header, __metadata__: value as Record<string, unknown> };
    if (kind === 3) return { ...header, [`copy of ${name}`]: { ...entry } };
    if (kind === 4)
      return { ...header, [name]: { ...entry, data_offsets: [offset, offset + (which % 3) * 8] } };
    return { ...header, [name]: { ...entry, [key]: value } };
  });

/** Changes of a file's bytes: some are replaced, or some left out, or put in, or the end is cut off. */
const bytesChange: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc.oneof(
  fc
    .array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })
    .map((changes) => (bytes: Buffer) => {
      const changed = Buffer.from(bytes);
      for (const [at, value] of changes) changed[at % changed.length] = value;
      return changed;
    }),
  fc.nat().map((at) => (bytes: Buffer) => bytes.subarray(0, at % (bytes.length + 1))),
  fc.tuple(fc.nat(), fc.nat(12)).map(([at, count]) => (bytes: Buffer) => {
    const begin = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, begin), bytes.subarray(begin + count)]);
  }),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 12 })).map(([at, more]) => (bytes: Buffer) => {
    const begin = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, begin), more, bytes.subarray(begin)]);
  }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((length) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    changed.writeBigUInt64LE(length);
    return changed;
  }),
);

const change = fc.oneof(
  bytesChange,
  fc
    .tuple(fc.array(headerChange, { minLength: 1, maxLength: 3 }), fc.option(bytesChange))
    .map(([changes, after]) => (bytes: Buffer) => {
      const length = Number(bytes.readBigUInt64LE());
      const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Header;
      const text = Buffer.from(JSON.stringify(changes.reduce((sum, change) => change(sum), header)));
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(text.length));
      const changed = Buffer.concat([size, text, bytes.subarray(8 + length)]);
      return after === null ? changed : after(changed);
    }),
);

/** A small file with tensors of several shapes. */
async function smallFile(): Promise<{ file: string; good: Buffer }> {
  const file = path.join(folder, "one.safetensors");
  const values = (count: number) => () => Float32Array.from({ length: count }, (_, i) => i);
  const tensors = [
    { name: "a", shape: [2, 3], values: values(6) },
    { name: 'b "quoted" \\', shape: [4], values: values(4) },
    { name: "empty", shape: [0, 5], values: values(0) },
    { name: "c", shape: [], values: values(1) },
  ];
  await writeSafetensors(file, tensors, "F32");
  return { file, good: fs.readFileSync(file) };
}

/** Counts what is read and what is refused; anything but a UserError fails the test. */
class Outcomes {
  read = 0;
  refused = 0;

  of(open: () => void): void {
    try {
      open();
      this.read++;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.refused++;
      expect(error.message.length).toBeLessThan(1000);
    }
  }
}

describe("a safetensors file with anything in it", () => {
  it("has a header that is believed or refused in a sentence: 20,000 mutations", async () => {
    const { good } = await smallFile();
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(change, (change) => {
        const bytes = change(good);
        let asked = 0;
        const read = (begin: number, length: number) => {
          asked += length;
          return new Uint8Array(bytes.subarray(begin, begin + length));
        };
        outcomes.of(() => {
          const tensors = readHeader({ path: "mutated", size: bytes.length, read });
          const total = [...tensors.values()].reduce((sum, { begin, end }) => sum + end - begin, 0);
          expect(total).toBe(bytes.length - 8 - Number(bytes.readBigUInt64LE()));
        });
        expect(asked).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 20_000 },
    );
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(10_000);
  });

  it("gives its tensors or is refused in a sentence: 1,000 mutations", async () => {
    const { file, good } = await smallFile();
    const before = heldBytes();
    const outcomes = new Outcomes();
    let most = 0;
    fc.assert(
      fc.property(change, (change) => {
        fs.writeFileSync(file, change(good));
        outcomes.of(() => {
          const opened = SafetensorsFile.open(file);
          for (const name of opened.tensors.keys()) opened.read(name);
        });
        most = Math.max(most, heldBytes() - before);
      }),
      { numRuns: 1000 },
    );
    expect(outcomes.refused).toBeGreaterThan(500);
    expect(most).toBeLessThan(MOST_BYTES);
  });
});

describe("a model folder with anything in it", () => {
  let backend: Backend;
  let heap: Heap;
  const model = path.join(folder, "model");
  const small = { layers: 1, width: 8, heads: 2, kvHeads: 1, hidden: 12, vocab: 11, tiedHead: false };

  beforeAll(async () => {
    backend = await openBackend("wasm");
    heap = await Heap.open();
    const config = { architecture: "llama", ropeTheta: 10000, ...small } as const;
    const scratch = createFromScratch(config, small.vocab, backend, new Random(1));
    await saveCheckpoint(scratch, model, "bf16", { tokenizerFiles: [], largestFile: 500 });
    scratch.dispose();
  });

  const anyValue = fc.oneof(
    junk,
    fc.constantFrom<unknown>("llama", "qwen2", "gemma", "silu", 4, 8, 12, 64, 1e9),
    fc.constantFrom<unknown>("../other", "..", "a\0b", "config.json", "model-00001-of-00004.safetensors"),
  );

  it("is loaded, or refused in a sentence: 1,000 mutations of its config, its index and its shards", async () => {
    const names = fs.readdirSync(model);
    const contents = new Map(names.map((name) => [name, fs.readFileSync(path.join(model, name))]));
    expect(names.filter((name) => name.startsWith("model-")).length).toBeGreaterThan(2);
    const [tensors, inUse] = [tf.memory().numTensors, heap.bytesInUse];
    const seen = { loaded: 0, refused: 0 };
    const mutation = fc.record({
      which: fc.nat(),
      keys: fc.array(fc.tuple(fc.nat(), anyValue), { minLength: 1, maxLength: 2 }),
      bytes: change,
      asJson: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ which, keys, bytes, asJson }) => {
        const name = names[which % names.length]!;
        const content = contents.get(name)!;
        const changed =
          name.endsWith(".json") && asJson ? changeJson(content, keys) : changeBytes(content, bytes, name);
        fs.writeFileSync(path.join(model, name), changed);
        try {
          (await loadCheckpoint(model, backend)).dispose();
          seen.loaded++;
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          seen.refused++;
        } finally {
          fs.writeFileSync(path.join(model, name), content);
        }
        expect(tf.memory().numTensors).toBe(tensors);
        expect(heap.bytesInUse).toBe(inUse);
      }),
      { numRuns: 1000 },
    );
    expect(seen.loaded).toBeGreaterThan(20);
    expect(seen.refused).toBeGreaterThan(300);
    expect(heap.bytes).toBeLessThan(MOST_BYTES);
  });

  /** The index has its entries one level down. */
  function changeJson(content: Buffer, keys: readonly (readonly [number, unknown])[]): Buffer {
    const json = JSON.parse(content.toString()) as Record<string, unknown>;
    const map = (json.weight_map as Record<string, unknown>) ?? json;
    const names = Object.keys(map);
    for (const [at, value] of keys) map[names[at % names.length]!] = value;
    return Buffer.from(JSON.stringify(json));
  }

  /** Only safetensors files have a header to change. */
  function changeBytes(content: Buffer, change: (bytes: Buffer) => Buffer, name: string): Buffer {
    if (name.endsWith(".safetensors")) return change(content);
    return content.subarray(0, content.length - 1 - (content.length % 7));
  }
});
