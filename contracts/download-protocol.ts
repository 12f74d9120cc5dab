/** The lines of `mos download --json`. */
import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What is fetched: a repository of the Hub. */
const source = {
  kind: v.picklist(["model", "dataset"]),
  repository: v.string(),
};

export const downloadMessageSchema = v.variant("type", [
  /** Bytes of all the repository's files that are wanted; what was there before counts as done. */
  v.strictObject({
    type: v.literal("progress"),
    ...source,
    file: v.string(),
    done: count,
    total: count,
    /** null while unknown. */
    secondsLeft: v.nullable(v.number()),
  }),
  /** A connection that was cut, a cache that is used for want of a network. */
  v.strictObject({ type: v.literal("note"), message: v.string() }),
  v.strictObject({
    type: v.literal("downloaded"),
    ...source,
    revision: v.string(),
    commit: v.string(),
    /** Absolute: a model's folder, or a dataset's files. */
    paths: v.array(v.string()),
  }),
  v.strictObject({ type: v.literal("failed"), ...source, message: v.string(), advice: v.string() }),
]);

export type DownloadMessage = v.InferOutput<typeof downloadMessageSchema>;
