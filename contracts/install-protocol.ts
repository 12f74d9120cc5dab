/** The lines that `mos install tensorflow --json` prints: the editor starts it and shows them. */
import * as v from "valibot";

const bytes = v.nullable(v.number());

export const installMessageSchema = v.variant("type", [
  v.strictObject({
    type: v.literal("progress"),
    /** What is being done, e.g. "Downloading TensorFlow". */
    step: v.string(),
    /** Bytes of this step; null where they cannot be counted. */
    done: bytes,
    total: bytes,
    /** Of this step; null while it is not known. */
    secondsLeft: v.nullable(v.number()),
  }),
  v.strictObject({
    type: v.literal("installed"),
    variant: v.picklist(["cpu", "gpu"]),
    folder: v.string(),
    /** The library's version. */
    tensorflow: v.string(),
    /** It found a GPU. */
    gpu: v.boolean(),
  }),
  v.strictObject({ type: v.literal("failed"), message: v.string(), advice: v.string() }),
]);

/** Any number of "progress", then one of the others. */
export type InstallMessage = v.InferOutput<typeof installMessageSchema>;
