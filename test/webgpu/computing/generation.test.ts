/** Writing with a key-value cache on WebGPU: the reference's tokens (test/unit/training-host/generation does it elsewhere). */
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { loadTokenizer } from "../../../training-host/data/tokenizer";
import type { LoadedModel } from "../../../training-host/generation/loaded-model";
import { loadWithAdapter } from "../../../training-host/model/checkpoint/load";
import type { Backend } from "../../../training-host/tensor/backend";
import { openWebGpu } from "../../../training-host/tensor/webgpu/webgpu-backend";
import {
  asNumbers,
  numbersOf,
  referenceGeneration,
  referenceModels,
  write,
} from "../../unit/training-host/generation/opened-reference";
import { referenceFolder } from "../../unit/training-host/reference";

let backend: Backend;
beforeAll(async () => {
  backend = await openWebGpu();
});

it.each(referenceModels)("writes the reference's tokens, and leaves nothing behind: %s", async (name) => {
  const folder = path.join(referenceFolder, "models", name);
  const model = await loadWithAdapter(folder, null, backend);
  const tokenizer = await loadTokenizer(folder);
  const rendering = { template: null, specialTexts: [] };
  const rest = { stopTokens: new Map(), specialIds: new Set<number>(), contextLength: null };
  const loaded: LoadedModel = asNumbers({ model, tokenizer, rendering, ...rest });
  const { prompts, answers } = referenceGeneration(name);
  const maxTokens = answers[0]!.length;
  expect((await write(loaded, prompts, { maxTokens })).answers.map(numbersOf)).toEqual(answers);
  const tensors = tf.memory().numTensors;
  const [alone] = (await write(loaded, prompts.slice(1), { maxTokens })).answers;
  expect(numbersOf(alone!)).toEqual(answers[1]);
  expect(tf.memory().numTensors).toBe(tensors);
  model.dispose();
});
