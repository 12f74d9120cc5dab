/** Opens a backend and loads a model on it, ready to answer and to be evaluated. */
import * as os from "node:os";
import type { BackendChoice } from "../../contracts/backend";
import type { ModelPhase, ModelSource } from "../../contracts/model-protocol";
import type { TemplateConfig } from "../../contracts/plan";
import { UserError } from "../../contracts/user-error";
import { renderingFor } from "../data/chat-template";
import { checkVocabulary, loadTokenizer } from "../data/tokenizer";
import type { CausalLm } from "../model/causal-lm";
import { loadAdapter } from "../model/checkpoint/adapter";
import { loadWithAdapter } from "../model/checkpoint/load";
import { createFromScratch } from "../model/scratch";
import { Random } from "../random";
import type { Backend } from "../tensor/backend";
import { closeBackend } from "../tensor/backends";
import { Ladder, type PassedOver } from "../tensor/ladder/ladder";
import { contextLengthOf, type LoadedModel, specialIdsOf } from "./loaded-model";
import { type ModelFiles, resolveSource } from "./resolve-source";
import { findStopTokens } from "./stop-tokens";

export interface ModelToOpen {
  source: ModelSource;
  /** null: what a run's plan says, else the model's own. */
  template: TemplateConfig | null;
  /** Where a relative path in `template` starts. */
  baseDirectory: string;
  backend: BackendChoice;
  /** null: the machine's cores. */
  threads: number | null;
}

export interface OpenHooks {
  onProgress?(phase: ModelPhase, share: number | null, secondsLeft: number | null): void;
  signal?: AbortSignal;
}

export interface OpenedModel extends LoadedModel {
  passedOver: readonly PassedOver[];
  /** Of the run's checkpoint; null for other models. */
  step: number | null;
}

/**
 * Where `auto` chose a GPU whose memory is too small, the next backend is taken.
 * @throws UserError: what is wrong with the model, adapter, tokenizer, template or backend; "out-of-memory".
 */
export async function openModel(asked: ModelToOpen, hooks: OpenHooks = {}): Promise<OpenedModel> {
  const { onProgress = () => {}, signal } = hooks;
  const ladder = new Ladder(asked.backend, threadsFor(asked.threads));
  const files = await resolveSource(asked.source, {
    onDownload: ({ done, total, secondsLeft }) =>
      onProgress("downloading", total === 0 ? null : done / total, secondsLeft),
    signal,
  });
  onProgress("loading", null, null);
  // Small files first: what is wrong with them shows before gigabytes are read.
  const tokenizer = await loadTokenizer(files.tokenizer);
  const { config, baseDirectory } = asked.template
    ? { config: asked.template, baseDirectory: asked.baseDirectory }
    : files.template;
  const rendering = await renderingFor(tokenizer, config, baseDirectory);
  for (;;) {
    const backend = await ladder.open();
    try {
      const model = await loadFiles(files, backend, (share) => onProgress("loading", share, null));
      checkVocabulary(tokenizer, model.decoder.vocabSize);
      return {
        ...{ model, tokenizer, rendering },
        stopTokens: findStopTokens(files.configFolders, tokenizer, rendering),
        specialIds: specialIdsOf(tokenizer),
        contextLength: contextLengthOf(model),
        passedOver: ladder.passedOver,
        step: files.step,
      };
    } catch (error) {
      if (!ladder.passOver(error)) throw error;
      closeBackend();
    }
  }
}

function loadFiles(
  { base, adapter }: ModelFiles,
  backend: Backend,
  onShare: (share: number) => void,
): Promise<CausalLm> | CausalLm {
  if ("folder" in base) return loadWithAdapter(base.folder, adapter, backend, onShare);
  const { scratch, seed } = base;
  return createFromScratch(scratch, scratch.vocab, backend, new Random(seed, "model"), (decoder) => ({
    frozen: true,
    adapters: adapter === null ? null : loadAdapter(decoder, adapter),
  }));
}

/** @throws UserError "bad-plan" for more threads than cores: they would wait for each other, many times slower. */
function threadsFor(asked: number | null): number {
  const cores = os.availableParallelism();
  if (asked === null || asked <= cores) return asked ?? cores;
  throw new UserError(
    "bad-plan",
    `${asked} threads were asked for, and this machine has ${cores === 1 ? "one core" : `${cores} cores`}.`,
    `Ask for up to ${cores}, or leave the choice to the program.`,
  );
}
