/** Which files of a model repository a run needs. */
import * as v from "valibot";
import { damaged, nothingSuitable } from "./failures";
import type { HubRepository } from "./repository";
import { shownName } from "./repository-file";

export const SINGLE_WEIGHTS = "model.safetensors";
export const WEIGHTS_INDEX = "model.safetensors.index.json";

const CONFIG = "config.json";

/** Carried along where the repository has them: a run saves them with the model. */
const carried = [
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "tokenizer.model",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "chat_template.jinja",
  "chat_template.json",
];

/** Without the shards, which only the index names. @throws UserError when the repository is no model we can load. */
export function modelFiles(repository: HubRepository, paths: ReadonlySet<string>): string[] {
  if (!paths.has(CONFIG)) {
    if (paths.has("adapter_config.json")) {
      throw nothingSuitable(
        repository,
        `has no ${CONFIG}: it is an adapter`,
        "Name the model that it belongs to, and give the adapter's folder to `lora from=`.",
      );
    }
    throw nothingSuitable(
      repository,
      `has no ${CONFIG}, so it is no model in the Hugging Face format`,
      "Choose a repository that transformers can load.",
    );
  }
  const weights = [SINGLE_WEIGHTS, WEIGHTS_INDEX].find((name) => paths.has(name));
  if (weights === undefined) throw noSafetensors(repository, paths);
  return [CONFIG, weights, ...carried.filter((name) => paths.has(name))];
}

const indexSchema = v.object({ weight_map: v.record(v.string(), v.string()) });

/** The shards that an index names. @throws UserError "hub-damaged" */
export function shardsOf(repository: HubRepository, indexText: string, paths: ReadonlySet<string>): string[] {
  const subject = { repository, file: WEIGHTS_INDEX };
  const index = v.safeParse(v.pipe(v.string(), v.parseJson(), indexSchema), indexText);
  if (!index.success) throw damaged(subject, "is no index of safetensors files");
  const shards = [...new Set(Object.values(index.output.weight_map))].sort();
  for (const shard of shards) {
    const shown = shownName(shard);
    if (!shard.endsWith(".safetensors") || shard.includes("/"))
      throw damaged(subject, `names "${shown}", which is no safetensors file beside it`);
    if (!paths.has(shard)) throw damaged(subject, `names "${shown}", which the repository does not have`);
  }
  return shards;
}

const otherWeights = /\.(bin|pt|pth|gguf|msgpack|h5|ot|onnx|npz)$/;

function noSafetensors(repository: HubRepository, paths: ReadonlySet<string>) {
  const others = [...new Set([...paths].flatMap((path) => otherWeights.exec(path)?.[0] ?? []))].sort();
  const has = others.length === 0 ? "" : `, only ${others.join(", ")}`;
  return nothingSuitable(
    repository,
    `has no ${SINGLE_WEIGHTS} and no ${WEIGHTS_INDEX}${has}`,
    "Look on its page for a revision with safetensors, or convert it with transformers (`save_pretrained`) and use `path`.",
  );
}
