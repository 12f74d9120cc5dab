/**
 * How runs are started: the client writes one `LaunchRequest` as JSON to the standard input of `dist/launch.js`, which freezes
 * the plans into run folders, answers with one `LaunchReply` line on its standard output, and goes on by itself (detached)
 * to start the hosts, `parallel` at a time.
 */
import * as v from "valibot";
import { planSchema } from "./plan";

export const launchRequestSchema = v.variant("kind", [
  v.strictObject({
    kind: v.literal("run"),
    plans: v.pipe(v.array(planSchema), v.minLength(1)),
    /** Absolute. */
    runsDirectory: v.string(),
    /** null: what the first plan's `launch.parallel` says. */
    parallel: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
  /** Starts hosts for runs that were stopped, interrupted or failed. */
  v.strictObject({
    kind: v.literal("resume"),
    runFolders: v.pipe(v.array(v.string()), v.minLength(1)),
    /** False: only by what computed the run before, so that it goes on as if it had not been interrupted. */
    anyBackend: v.boolean(),
  }),
]);

export const launchReplySchema = v.variant("ok", [
  v.strictObject({
    ok: v.literal(true),
    runs: v.array(v.strictObject({ runId: v.string(), folder: v.string(), name: v.string() })),
  }),
  v.strictObject({ ok: v.literal(false), message: v.string(), advice: v.string() }),
]);

export type LaunchRequest = v.InferOutput<typeof launchRequestSchema>;
export type LaunchReply = v.InferOutput<typeof launchReplySchema>;
