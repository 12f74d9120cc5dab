/** The families of models that can be loaded, by the `model_type` of their config.json. */
import type { ConfigReader } from "./checkpoint/config-reader";
import type { Decoder } from "./decoder";
import { openGemma } from "./gemma";
import { openLlama } from "./llama";
import { openQwen2 } from "./qwen2";

const architectures: Readonly<Record<string, (config: ConfigReader) => Decoder>> = {
  llama: openLlama,
  qwen2: openQwen2,
  gemma: openGemma,
};

/** Values of `model_type` that are understood. */
export const architectureNames: readonly string[] = Object.keys(architectures);

/** Throws UserError "bad-model" for an unsupported architecture or a config that it cannot follow. */
export function openDecoder(config: ConfigReader): Decoder {
  const type = config.text("model_type");
  const open = Object.hasOwn(architectures, type) ? architectures[type] : undefined;
  if (!open)
    config.fail(`model_type "${type}" is not supported (supported: ${architectureNames.join(", ")})`);
  refuseForAll(config);
  return open(config);
}

/** What a config of any family may ask for, and none of them computes here. */
function refuseForAll(config: ConfigReader): void {
  config.refuseUnless("attention_dropout", 0, "dropout in attention");
  config.refuseUnless("use_bidirectional_attention", false, "attention in both directions");
  const quantization = config.section("quantization_config");
  if (quantization)
    config.fail(
      `quantization_config says that the weights are quantized (quant_method ${JSON.stringify(quantization.json.quant_method ?? null)}), and only unquantized ones can be read`,
    );
  const windowed = [config.json.layer_types ?? []].flat().find((type) => type !== "full_attention");
  if (windowed !== undefined)
    config.fail(`layer_types has ${JSON.stringify(windowed)}, and only "full_attention" is supported`);
}
