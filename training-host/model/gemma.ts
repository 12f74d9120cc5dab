/**
 * Gemma (Gemma Team 2024), the first generation. Beside Llama: embeddings are multiplied by the root of the hidden size, a norm's
 * weight w stands for 1 + w, the MLP's gate is gelu in its tanh form, the heads together may be wider than the hidden size, and
 * the head is tied unless the config says otherwise.
 */
import type { ConfigReader } from "./checkpoint/config-reader";
import type { Decoder } from "./decoder";
import { readSizes } from "./decoder-sizes";
import { GatedMlp } from "./gated-mlp";
import { PreNormDecoder } from "./pre-norm-decoder";
import { RmsNorm } from "./rms-norm";
import { readRope } from "./rope-config";
import { RotaryAttention } from "./rotary-attention";

const HEAD_SIZE = 256;

/** For `model_type` "gemma". Throws UserError "bad-model" for what is not computed here. */
export function openGemma(config: ConfigReader): Decoder {
  refuseOtherActivations(config);
  const sizes = readSizes(config, HEAD_SIZE);
  const biases = config.flag("attention_bias", false);
  return new PreNormDecoder(config, {
    sizes,
    attention: new RotaryAttention(sizes, readRope(config), { queryKeyValue: biases, output: biases }),
    mlp: new GatedMlp(sizes, "geglu"),
    norm: new RmsNorm(sizes.hiddenSize, config.positive("rms_norm_eps", 1e-6), 1),
    tiedHead: config.flag("tie_word_embeddings", true),
    embeddingScale: Math.sqrt(sizes.hiddenSize),
  });
}

const TANH_GELU = "gelu_pytorch_tanh";

/** The first published configs say "gelu" in `hidden_act`; transformers computes the tanh form all the same. */
function refuseOtherActivations(config: ConfigReader): void {
  config.refuseUnless("hidden_activation", TANH_GELU, "the activation");
  if (config.text("hidden_act", TANH_GELU) !== "gelu")
    config.refuseUnless("hidden_act", TANH_GELU, "the activation");
}
