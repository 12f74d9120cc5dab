/** Loads a model for the time of one command, in a process of its own that ends with the command. */
import * as path from "node:path";
import type { ModelMessageOf, OpenedModel } from "../contracts/model-protocol";
import { ModelClient } from "../model-client/model-client";
import type { ModelOptions } from "./commands/model-options";
import { findRunsDirectory } from "./find-runs-directory";
import { modelSource } from "./model-source";
import { readTemplate } from "./statement-words";
import type { Output } from "./terminal/output";
import { choosePhaseDisplay } from "./terminal/phase-display";

export interface LoadedModel {
  client: ModelClient;
  model: OpenedModel;
  /** Shows a phase; null: none is going on. */
  showProgress(progress: ModelMessageOf<"progress"> | null): void;
  /** Aborted by Ctrl+C, and by SIGTERM. */
  signal: AbortSignal;
}

/** @throws UserError; "cancelled" after Ctrl+C. `quiet`: no progress is shown. */
export async function withModel<T>(
  options: ModelOptions,
  output: Output,
  quiet: boolean,
  use: (loaded: LoadedModel) => Promise<T>,
): Promise<T> {
  const source = modelSource(options, findRunsDirectory(options.runs));
  const template = options.template === undefined ? null : readTemplate(options.template);
  const cancellation = new AbortController();
  const cancel = () => cancellation.abort();
  process.on("SIGINT", cancel).on("SIGTERM", cancel);
  const display = choosePhaseDisplay(output, quiet);
  const client = ModelClient.start({
    script: path.join(__DIST__, "model-process.js"),
    executable: process.execPath,
    environment: process.env,
  });
  try {
    const { backend, threads = null } = options;
    const model = await client.open(
      { source, template, baseDirectory: process.cwd(), backend, threads },
      display.show,
      cancellation.signal,
    );
    display.show(null);
    return await use({ client, model, showProgress: display.show, signal: cancellation.signal });
  } finally {
    display.close();
    process.off("SIGINT", cancel).off("SIGTERM", cancel);
    await client.close();
  }
}
