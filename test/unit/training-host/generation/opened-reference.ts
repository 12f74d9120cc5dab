/** The reference's models, ready to answer. */
import * as path from "node:path";
import type { BackendName } from "../../../../contracts/backend";
import type { Sampling } from "../../../../contracts/model-protocol";
import { defaultSampling } from "../../../../contracts/model-protocol";
import type { GenerationSummary } from "../../../../training-host/generation/generate";
import { generate } from "../../../../training-host/generation/generate";
import type { LoadedModel } from "../../../../training-host/generation/loaded-model";
import { type OpenedModel, openModel } from "../../../../training-host/generation/open-model";
import { readExpected, referenceFolder } from "../reference";

export const referenceModels = ["qwen2-tiny", "gemma-tiny", "llama3-tiny", "llama31-tiny"] as const;

export function openReference(
  name: string,
  backend: BackendName,
  adapter: string | null = null,
): Promise<OpenedModel> {
  const folder = path.join(referenceFolder, "models", name);
  return openModel({
    source: { kind: "folder", folder, adapter },
    template: null,
    baseDirectory: folder,
    backend,
    threads: 1,
  });
}

/** The prompts of the reference without their padding, and what transformers wrote after them. */
export function referenceGeneration(name: string): { prompts: number[][]; answers: number[][] } {
  const expected = readExpected(`expected/${name}/case_generate.safetensors`);
  const [ids, mask, sequences] = ["input_ids", "attention_mask", "sequences"].map(
    (key) => expected.get(key)!,
  );
  const [B, P] = ids!.shape as [number, number];
  const width = sequences!.shape[1]!;
  const row = (tensor: NonNullable<typeof ids>, b: number, length: number) => [
    ...tensor.values.subarray(b * length, (b + 1) * length),
  ];
  const prompts = Array.from({ length: B }, (_, b) =>
    row(ids!, b, P).filter((_, at) => mask!.values[b * P + at] === 1),
  );
  return { prompts, answers: Array.from({ length: B }, (_, b) => row(sequences!, b, width).slice(P)) };
}

export interface Written {
  text: string;
  reason: string;
  stop: string | null;
  tokens: number;
}

/** Answers whole, and how the hooks heard of them. */
export async function write(
  loaded: LoadedModel,
  prompts: readonly (readonly number[])[],
  sampling: Partial<Sampling> = {},
  signal?: AbortSignal,
): Promise<{ answers: Written[]; summary: GenerationSummary }> {
  const answers = prompts.map((): Written => ({ text: "", reason: "", stop: null, tokens: 0 }));
  const summary = await generate(
    loaded,
    prompts,
    { ...defaultSampling, ...sampling },
    {
      onDelta: (prompt, text) => {
        answers[prompt]!.text += text;
      },
      onEnded: (prompt, { reason, stop, tokens }) =>
        Object.assign(answers[prompt]!, { reason, stop, tokens }),
      ...(signal ? { signal } : {}),
    },
  );
  return { answers, summary };
}

/** A model whose answers are told by their tokens: every token is a text of its own, and none ends an answer. */
export function asNumbers(loaded: LoadedModel): LoadedModel {
  const tokenizer = {
    ...pick(loaded),
    decode: (ids: readonly number[]) => ids.map((id) => `${id} `).join(""),
  } as LoadedModel["tokenizer"];
  return { ...loaded, tokenizer, stopTokens: new Map(), specialIds: new Set() };
}

function pick({ tokenizer }: LoadedModel) {
  return { bosId: tokenizer.bosId, eosId: tokenizer.eosId };
}

export function numbersOf({ text }: Written): number[] {
  return text.trim().split(" ").map(Number);
}
