/** Tries a built addon in a process of its own: a library that does not fit may end the process that loads it. */
import * as path from "node:path";
import * as v from "valibot";
import { notWorking } from "./failures";
import { lastLine, runTool } from "./run-tool";

export const addonCheckSchema = v.strictObject({
  /** Of the TensorFlow library. */
  tensorflow: v.string(),
  /** It found a GPU. */
  gpu: v.boolean(),
  /** [1 2] times [[3 5] [4 6]]. */
  product: v.array(v.number()),
});
export type AddonCheck = v.InferOutput<typeof addonCheckSchema>;

/** @throws UserError when it cannot be loaded or computes wrongly. */
export async function checkAddon(addon: string, signal: AbortSignal): Promise<AddonCheck> {
  const script = path.join(__DIST__, "tensorflow-check.js");
  const result = await runTool(process.execPath, [script, addon], { signal });
  if (!result.started) throw notWorking(result.why);
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), addonCheckSchema), lastLine(result.stdout));
  if (!answer.success)
    throw notWorking(lastLine(result.stderr) || `its process ended with code ${result.code}`);
  const { product } = answer.output;
  if (product[0] !== 11 || product[1] !== 17) throw notWorking(`[1 2] times [[3 5] [4 6]] gave [${product}]`);
  return answer.output;
}
