/**
 * Qwen2 (Yang et al. 2024): Qwen1.5, Qwen2 and Qwen2.5, but for their mixture-of-experts models. Llama with biases on the
 * projections to queries, keys and values, and nowhere else.
 */
import type { ConfigReader } from "./checkpoint/config-reader";
import type { Decoder } from "./decoder";
import { readSizes } from "./decoder-sizes";
import { GatedMlp } from "./gated-mlp";
import { PreNormDecoder } from "./pre-norm-decoder";
import { RmsNorm } from "./rms-norm";
import { readRope } from "./rope-config";
import { RotaryAttention } from "./rotary-attention";

/** For `model_type` "qwen2". Throws UserError "bad-model" for what is not computed here. */
export function openQwen2(config: ConfigReader): Decoder {
  config.refuseUnless("hidden_act", "silu", "the activation");
  refuseSlidingWindow(config);
  const sizes = readSizes(config);
  return new PreNormDecoder(config, {
    sizes,
    attention: new RotaryAttention(sizes, readRope(config), { queryKeyValue: true, output: false }),
    mlp: new GatedMlp(sizes, "swiglu"),
    norm: new RmsNorm(sizes.hiddenSize, config.positive("rms_norm_eps", 1e-6)),
    tiedHead: config.flag("tie_word_embeddings", false),
  });
}

/**
 * Published configs have a `sliding_window` that `use_sliding_window` switches off. Switched on it holds from layer
 * `max_window_layers` up (28 if absent), or in those that `layer_types` names, none of which is left here: it says nothing
 * where there is no such layer.
 */
function refuseSlidingWindow(config: ConfigReader): void {
  if (config.has("layer_types")) return;
  if (!config.flag("use_sliding_window", false) || !config.has("sliding_window")) return;
  const window = config.positiveInteger("sliding_window");
  const from = config.nonNegativeInteger("max_window_layers", 28);
  const layers = config.positiveInteger("num_hidden_layers");
  if (from < layers)
    config.fail(
      `use_sliding_window is true, and attention within ${window} tokens (sliding_window) in layers ${from} to ${layers - 1} is not supported`,
    );
}
