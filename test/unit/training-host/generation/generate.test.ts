/** Writing with a key-value cache: the reference's tokens, and the numbers of a model that computes everything anew. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackedBatch } from "../../../../training-host/data/packed-batch";
import { pastBytesPerToken } from "../../../../training-host/generation/loaded-model";
import type { OpenedModel } from "../../../../training-host/generation/open-model";
import { SequencePast } from "../../../../training-host/model/sequence-past";
import { Random } from "../../../../training-host/random";
import { Heap } from "../../../../training-host/tensor/wasm/heap";
import { largestDifference } from "../reference";
import { availableBlas, NEEDS_BLAS } from "../tensor/available-blas";
import { startsOf } from "../tensor/operation-check";
import { testBackends } from "../test-backends";
import {
  asNumbers,
  numbersOf,
  openReference,
  referenceGeneration,
  referenceModels,
  write,
} from "./opened-reference";

const LOGITS = 5e-5;
const withoutBlas = availableBlas() === null;

describe.each(testBackends(["cpu", "wasm", "wasm-blas"]))("generation on %s", (backendName) => {
  const missing = backendName === "wasm-blas" && withoutBlas;
  describe.skipIf(missing).each(referenceModels)(missing ? NEEDS_BLAS : "%s", (name) => {
    let loaded: OpenedModel;
    beforeAll(async () => {
      loaded = await openReference(name, backendName);
    });
    afterAll(() => loaded.model.dispose());

    it("writes the reference's tokens, both prompts at once and each alone", async () => {
      const { prompts, answers } = referenceGeneration(name);
      expect(new Set(prompts.map(({ length }) => length)).size).toBe(2);
      const numbers = asNumbers(loaded);
      const maxTokens = answers[0]!.length;
      const together = await write(numbers, prompts, { maxTokens });
      expect(together.answers.map(numbersOf)).toEqual(answers);
      for (const [index, prompt] of prompts.entries()) {
        const alone = await write(numbers, [prompt], { maxTokens });
        expect(alone.answers.map(numbersOf)).toEqual([answers[index]]);
      }
    });

    it("leaves nothing behind", async () => {
      const { prompts } = referenceGeneration(name);
      // The workspace grows with the longest text.
      await write(loaded, prompts, { maxTokens: 20 });
      const tensors = tf.memory().numTensors;
      const heap = backendName.startsWith("wasm") ? await Heap.open() : null;
      const held = heap?.bytesInUse;
      for (const maxTokens of [1, 5, 20]) await write(loaded, prompts, { maxTokens });
      expect(tf.memory().numTensors).toBe(tensors);
      expect(heap?.bytesInUse).toBe(held);
    });
  });
});

describe("logits that go on from a cache", () => {
  const models: OpenedModel[] = [];
  beforeAll(async () => {
    for (const name of referenceModels) models.push(await openReference(name, "wasm"));
  });
  afterAll(() => {
    for (const { model } of models) model.dispose();
  });

  /** Rows of several sequences: tokens from `from` to `to` (exclusive) of each. */
  function pass(sequences: readonly number[][], from: readonly number[], to: readonly number[]): PackedBatch {
    const rows = sequences.map((ids, s) => ids.slice(from[s], to[s]));
    return {
      ids: Int32Array.from(rows.flat()),
      positions: Int32Array.from(rows.flatMap((ids, s) => ids.map((_, at) => from[s]! + at))),
      starts: startsOf(rows.map(({ length }) => length)),
    };
  }

  it("are those of the whole text at every step, whatever comes together in a pass", async () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.nat(models.length - 1), lengths, fc.nat(1e6), async (which, prompts, seed) => {
        const { model } = models[which]!;
        const random = new Random(seed);
        const sequences = prompts.map((length) =>
          Array.from({ length: length + 4 }, () => random.integer(model.decoder.vocabSize - 1)),
        );
        const whole = pass(
          sequences,
          sequences.map(() => 0),
          sequences.map(({ length }) => length),
        );
        const V = model.decoder.vocabSize;
        const expected = await model.logits(whole, Int32Array.from(whole.ids.keys()));
        const pasts = sequences.map(() => new SequencePast(model.decoder, model.backend.operations));
        let read = sequences.map(() => 0);
        for (let step = 0; step <= 4; step++) {
          const to = prompts.map((length) => length + step);
          const batch = pass(sequences, read, to);
          const logits = await model.logits(
            batch,
            batch.starts.slice(1).map((end) => end - 1),
            pasts,
          );
          read = to;
          const rows = to.map((end, s) => whole.starts[s]! + end - 1);
          const uncached = rows.flatMap((row) => [...expected.subarray(row * V, (row + 1) * V)]);
          expect(largestDifference(logits, uncached)).toBeLessThan(LOGITS);
        }
        for (const past of pasts) past.dispose();
      }),
      { numRuns: 25, seed: 5 },
    );
  });

  it("takes as much memory per token as is counted for the bound", () => {
    for (const { model } of models) {
      const { num_hidden_layers, num_attention_heads, num_key_value_heads, hidden_size, head_dim } = model
        .decoder.config as Record<string, number>;
      const size = head_dim ?? hidden_size! / num_attention_heads!;
      expect(pastBytesPerToken(model.decoder)).toBe(
        2 * 4 * num_hidden_layers! * (num_key_value_heads ?? num_attention_heads)! * size,
      );
    }
  });
});

describe("answers", () => {
  let loaded: OpenedModel;
  beforeAll(async () => {
    loaded = await openReference("llama3-tiny", "wasm");
  });
  afterAll(() => loaded.model.dispose());
  const prompt = [317, 5, 77, 12];
  const greedy = async (count: number) => {
    const { answers } = await write(asNumbers(loaded), [prompt], { maxTokens: count });
    return numbersOf(answers[0]!);
  };

  it("end at a stop token, which is counted and not written", async () => {
    const tokens = await greedy(8);
    const stopping = tokens[4]!;
    const at = tokens.indexOf(stopping);
    const model = { ...asNumbers(loaded), stopTokens: new Map([[stopping, "<end>"]]) };
    const { answers } = await write(model, [prompt], { maxTokens: 8 });
    expect(answers[0]).toMatchObject({ reason: "stop-token", stop: "<end>", tokens: at + 1 });
    expect(answers[0]!.text).toBe(
      tokens
        .slice(0, at)
        .map((id) => `${id} `)
        .join(""),
    );
  });

  it("end before a stop text, also one that several tokens make", async () => {
    const tokens = await greedy(8);
    const stop = `${tokens[2]} ${tokens[3]}`;
    const { answers } = await write(asNumbers(loaded), [prompt], { maxTokens: 8, stop: ["never", stop] });
    expect(answers[0]).toMatchObject({ reason: "stop-text", stop });
    const whole = tokens.map((id) => `${id} `).join("");
    expect(answers[0]!.text).toBe(whole.slice(0, whole.indexOf(stop)));
  });

  it("end when the context is full", async () => {
    const { answers } = await write({ ...asNumbers(loaded), contextLength: 9 }, [prompt], { maxTokens: 50 });
    expect(answers[0]).toMatchObject({ reason: "length", tokens: 9 - prompt.length });
  });

  it("do not change with what else is asked, also when they are drawn", async () => {
    const random = new Random(3);
    const prompts = Array.from({ length: 40 }, () =>
      Array.from({ length: 1 + random.integer(30) }, () => random.integer(310)),
    );
    const numbers = asNumbers(loaded);
    const sampling = { maxTokens: 6, temperature: 0.8, topK: 50, seed: 9 };
    const together = await write(numbers, prompts, sampling);
    expect(together.summary.tokens).toBe(240);
    expect(together.summary.promptTokens).toBe(prompts.flat().length);
    // A prompt draws from the stream of its number.
    const first = await write(numbers, prompts.slice(0, 3), sampling);
    expect(first.answers).toEqual(together.answers.slice(0, 3));
    const again = await write(numbers, prompts, sampling);
    expect(again.answers).toEqual(together.answers);
    const other = await write(numbers, prompts, { ...sampling, seed: 10 });
    expect(other.answers).not.toEqual(together.answers);
    // The same question twice is answered twice.
    const [one, two] = (await write(numbers, [prompt, prompt], sampling)).answers;
    expect(one).not.toEqual(two);
  });

  it("are cut short by a request to stop, with what they have", async () => {
    const stop = new AbortController();
    const numbers = asNumbers(loaded);
    const decode = numbers.tokenizer.decode.bind(numbers.tokenizer);
    let decoded = 0;
    numbers.tokenizer.decode = (ids) => {
      if (++decoded === 20) stop.abort();
      return decode(ids);
    };
    const { answers, summary } = await write(numbers, [prompt, prompt], { maxTokens: 100_000 }, stop.signal);
    expect(answers.map(({ reason }) => reason)).toEqual(["cancelled", "cancelled"]);
    expect(summary.tokens).toBeGreaterThan(0);
    expect(summary.tokens).toBeLessThan(50);
    expect(numbersOf(answers[0]!)).toHaveLength(answers[0]!.tokens);
  });

  it("become less repetitive with a penalty", async () => {
    const plain = await greedy(30);
    const { answers } = await write(asNumbers(loaded), [prompt], { maxTokens: 30, repetitionPenalty: 3 });
    expect(new Set(numbersOf(answers[0]!)).size).toBeGreaterThan(new Set(plain).size);
  });
});
