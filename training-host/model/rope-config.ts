/** The rotary position embeddings that a config.json asks for. */
import type { ConfigReader } from "./checkpoint/config-reader";

/** All frequencies divided by `factor` (Chen et al. 2023, position interpolation). */
export interface LinearRopeScaling {
  type: "linear";
  factor: number;
}

/** Llama 3.1's: low frequencies are divided by `factor`, high ones kept, between them a ramp. */
export interface Llama3RopeScaling {
  type: "llama3";
  factor: number;
  lowFrequencyFactor: number;
  highFrequencyFactor: number;
  /** The context length of pre-training, in tokens. */
  originalLength: number;
}

export type RopeScaling = LinearRopeScaling | Llama3RopeScaling;

export interface RopeConfig {
  /** The base of the frequencies. */
  theta: number;
  scaling: RopeScaling | null;
}

/**
 * Reads `rope_theta` and `rope_scaling`; transformers 5 writes both in one, `rope_parameters`. What its AutoConfig looks at
 * first counts: `rope_scaling` before `rope_parameters`, and a theta inside of either before the one beside them.
 * @throws UserError "bad-model" for a scaling that is not computed here.
 */
export function readRope(config: ConfigReader): RopeConfig {
  refusePartialRotation(config);
  const theta = config.positive("rope_theta", 10000);
  const section = config.section("rope_scaling") ?? config.section("rope_parameters");
  if (section === null) return { theta, scaling: null };
  refusePartialRotation(section);
  for (const [key, value] of Object.entries(section.json))
    if (typeof value === "object" && value !== null)
      section.fail(
        `"${key}" is ${JSON.stringify(value)}, and rotary positions that differ between layers are not supported`,
      );
  return { theta: section.positive("rope_theta", theta), scaling: readScaling(section, config) };
}

function readScaling(section: ConfigReader, config: ConfigReader): RopeScaling | null {
  const type = section.text("rope_type", section.text("type", "default"));
  switch (type) {
    case "default":
      return null;
    case "linear":
      return { type, factor: section.positive("factor") };
    case "llama3":
      return {
        type,
        factor: section.positive("factor"),
        lowFrequencyFactor: section.positive("low_freq_factor"),
        highFrequencyFactor: section.positive("high_freq_factor"),
        originalLength: section.positiveInteger(
          "original_max_position_embeddings",
          config.has("max_position_embeddings")
            ? config.positiveInteger("max_position_embeddings")
            : undefined,
        ),
      };
    default:
      return section.fail(`rope_type "${type}" is not supported (supported: "default", "linear", "llama3")`);
  }
}

function refusePartialRotation(section: ConfigReader): void {
  section.refuseUnless("partial_rotary_factor", 1, "the share of a head that turns");
}
