/**
 * Llama (Touvron et al. 2023a, 2023b; Grattafiori et al. 2024): versions 1 to 3.2, and models built like them (TinyLlama).
 * RMSNorm, rotary positions, grouped-query attention, SwiGLU; no biases unless the config asks for them.
 */
import type { ConfigReader } from "./checkpoint/config-reader";
import type { Decoder } from "./decoder";
import { readSizes } from "./decoder-sizes";
import { GatedMlp } from "./gated-mlp";
import { PreNormDecoder } from "./pre-norm-decoder";
import { RmsNorm } from "./rms-norm";
import { readRope } from "./rope-config";
import { RotaryAttention } from "./rotary-attention";

/** For `model_type` "llama". Throws UserError "bad-model" for what is not computed here. */
export function openLlama(config: ConfigReader): Decoder {
  config.refuseUnless("hidden_act", "silu", "the activation");
  const sizes = readSizes(config);
  const biases = config.flag("attention_bias", false);
  return new PreNormDecoder(config, {
    sizes,
    attention: new RotaryAttention(sizes, readRope(config), { queryKeyValue: biases, output: biases }),
    mlp: new GatedMlp(sizes, "swiglu", config.flag("mlp_bias", false)),
    norm: new RmsNorm(sizes.hiddenSize, config.positive("rms_norm_eps", 1e-6)),
    tiedHead: config.flag("tie_word_embeddings", false),
  });
}
