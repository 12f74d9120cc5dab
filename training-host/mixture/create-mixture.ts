import type { MixtureConfig } from "../../contracts/plan";
import type { Random } from "../random";
import type { Mixture, MixtureDataset } from "./mixture";
import { MixtureOfSkills } from "./mixture-of-skills";
import { StaticMixture } from "./static-mixture";

/** The mixture that the plan asks for. `random` is drawn from once, here. Throws UserError (`bad-plan`). */
export function createMixture(
  config: MixtureConfig,
  datasets: readonly MixtureDataset[],
  random: Random,
): Mixture {
  return config.kind === "static"
    ? new StaticMixture(config, datasets)
    : new MixtureOfSkills(config, datasets, random);
}
