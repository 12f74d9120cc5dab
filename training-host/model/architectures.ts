/** The families of models that can be loaded, by the `model_type` of their config.json. */
import type { ConfigReader } from "./checkpoint/config-reader";
import type { Decoder } from "./decoder";
import { LlamaDecoder, readLlamaConfig } from "./llama";

const architectures: Readonly<Record<string, (config: ConfigReader) => Decoder>> = {
  llama: (config) => new LlamaDecoder(readLlamaConfig(config), config.json),
};

/** Throws UserError "bad-model" for an unsupported architecture or a config that it cannot follow. */
export function openDecoder(config: ConfigReader): Decoder {
  const type = config.text("model_type");
  const open = Object.hasOwn(architectures, type) ? architectures[type] : undefined;
  if (!open)
    config.fail(
      `model_type "${type}" is not supported (supported: ${Object.keys(architectures).join(", ")})`,
    );
  return open(config);
}
