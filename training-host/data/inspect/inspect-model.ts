/** Looks at a model's folder and at an adapter's without loading a weight: headers and configs, by the rules of loading. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { ModelInspection, ModelQuestion } from "../../../contracts/data-inspection";
import { UserError } from "../../../contracts/user-error";
import { openDecoder } from "../../model/architectures";
import { ADAPTER_CONFIG_FILE, disagreement, readAdapterConfig } from "../../model/checkpoint/adapter-config";
import { ConfigReader } from "../../model/checkpoint/config-reader";
import { readJsonObject } from "../../model/checkpoint/json-file";
import { checkWeights, openWeights } from "../../model/checkpoint/weight-files";
import { identityOfPath } from "./evidence";
import { cachedModel } from "./hub-cache";

const ADAPTER_WEIGHTS_FILE = "adapter_model.safetensors";

/** @throws UserError "cancelled" when `signal` aborts; every other failure is part of the answer. */
export async function inspectModel(
  question: ModelQuestion,
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<ModelInspection> {
  const { source } = question;
  const adapter = question.lora && path.resolve(question.baseDirectory, question.lora.from);
  const nothing = { problem: null, architecture: null, parameters: null, commit: null };
  const folder = source.kind === "path" ? path.resolve(question.baseDirectory, source.path) : null;
  const answer = {
    ...nothing,
    adapterProblem: adapter && question.lora ? adapterProblem(adapter, question.lora) : null,
    evidence: folder === null ? null : await evidenceOf([folder, ...(adapter ? [adapter] : [])]),
  };
  try {
    if (source.kind === "path") return { ...answer, ...inspectFolder(folder!, source.path) };
    const { folder: snapshot, commit } = await cachedModel(source, environment, signal);
    return { ...answer, ...inspectFolder(snapshot, source.repository), commit };
  } catch (error) {
    if (!(error instanceof UserError) || error.reason === "cancelled") throw error;
    return { ...answer, problem: problemOf(error) };
  }
}

function inspectFolder(folder: string, shown: string): Pick<ModelInspection, "architecture" | "parameters"> {
  requireModelFolder(folder, shown);
  const config = path.join(folder, "config.json");
  const reader = new ConfigReader(readJsonObject(config), config);
  const decoder = openDecoder(reader);
  try {
    checkWeights(folder, decoder, openWeights(folder));
    const sizes = [...decoder.parameters.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    return {
      architecture: reader.text("model_type"),
      parameters: sizes.reduce((sum, size) => sum + size, 0),
    };
  } finally {
    decoder.dispose();
  }
}

function requireModelFolder(folder: string, shown: string): void {
  const facts = fs.statSync(folder, { throwIfNoEntry: false });
  if (!facts) {
    const message = `The model folder \`${shown}\` does not exist; it was looked for at ${folder}.`;
    throw new UserError("file-missing", message);
  }
  if (!facts.isDirectory()) {
    const message = `\`${shown}\` is a file; name the folder that holds config.json and the weights.`;
    throw new UserError("file-missing", message);
  }
  if (fs.existsSync(path.join(folder, "config.json"))) return;
  const message = `The folder \`${shown}\` has no config.json, so it is no model in the Hugging Face format.`;
  throw new UserError("file-missing", message);
}

function problemOf({ reason, message, advice }: UserError): ModelInspection["problem"] {
  const kind =
    reason === "hub-unreachable"
      ? "not-downloaded"
      : reason === "file-missing" || reason === "hub-not-found"
        ? "missing"
        : "unreadable";
  return { kind, message: `${message} ${advice}`.trim() };
}

/** What its config tells; whether its matrices fit the model is seen when they are loaded. */
function adapterProblem(
  folder: string,
  { from, rank, alpha }: NonNullable<ModelQuestion["lora"]>,
): ModelInspection["adapterProblem"] {
  const missing = [ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE].find(
    (name) => !fs.existsSync(path.join(folder, name)),
  );
  if (missing) {
    const message = fs.existsSync(folder)
      ? `The folder \`${from}\` has no ${missing}, so it is no adapter in PEFT's format.`
      : `The adapter's folder \`${from}\` does not exist; it was looked for at ${folder}.`;
    return { kind: "missing", message };
  }
  try {
    const stored = readAdapterConfig(folder);
    if (stored.rankPattern.size === 0 && stored.rank !== rank)
      throw disagreement(from, "rank", String(stored.rank), String(rank));
    const isPlain = stored.alphaPattern.size === 0 && !stored.rankStabilised;
    if (isPlain && stored.alpha !== alpha)
      throw disagreement(from, "alpha", String(stored.alpha), String(alpha));
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "unlike", message: `${error.message} ${error.advice}`.trim() };
  }
}

/** The folders, and the files that their configs are in: a file may be written without its folder changing. */
function evidenceOf(folders: readonly string[]): Promise<NonNullable<ModelInspection["evidence"]>> {
  const paths = folders.flatMap((folder) => [
    folder,
    ...["config.json", "model.safetensors", "model.safetensors.index.json", ADAPTER_CONFIG_FILE].map((name) =>
      path.join(folder, name),
    ),
  ]);
  return Promise.all(paths.map(async (file) => ({ path: file, identity: await identityOfPath(file) })));
}
