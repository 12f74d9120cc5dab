/** The JSON of `mos`, written from its documentation alone, strictly: a key too many fails as well. */
import * as v from "valibot";

const number = v.number();
const measured = v.nullable(number);
const byName = <T extends v.GenericSchema>(schema: T) => v.record(v.string(), schema);

export const checkJson = v.array(
  v.strictObject({
    file: v.string(),
    line: v.pipe(number, v.minValue(1)),
    column: v.pipe(number, v.minValue(1)),
    endLine: v.pipe(number, v.minValue(1)),
    endColumn: v.pipe(number, v.minValue(1)),
    severity: v.string(),
    code: v.string(),
    message: v.string(),
  }),
);

export const planJson = v.array(
  v.strictObject({
    id: v.string(),
    name: v.string(),
    hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    overrides: byName(v.unknown()),
    config: byName(v.unknown()),
  }),
);

export const showJson = v.strictObject({
  id: v.string(),
  name: v.string(),
  experiment: v.string(),
  status: v.picklist(["queued", "running", "stopping", "stopped", "interrupted", "failed", "finished"]),
  seed: number,
  step: number,
  steps: measured,
  backend: v.nullable(v.string()),
  planHash: v.string(),
  datasets: v.array(
    v.strictObject({
      name: v.string(),
      size: number,
      drawn: number,
      epochs: number,
      tokens: number,
      prior: number,
      p: number,
    }),
  ),
  updates: v.array(
    v.strictObject({
      step: number,
      p: byName(number),
      raw: byName(byName(measured)),
      reward: byName(number),
      error: byName(measured),
    }),
  ),
  losses: v.array(v.strictObject({ step: number, loss: measured, perDataset: byName(measured) })),
  evaluations: v.array(
    v.strictObject({
      step: number,
      perDataset: byName(v.strictObject({ loss: measured, perplexity: measured, tokens: number })),
      reference: v.strictObject({ loss: measured }),
    }),
  ),
  alerts: v.array(v.strictObject({ step: number, kind: v.string(), message: v.string() })),
  seconds: number,
  overheadSeconds: number,
  sources: v.optional(
    v.array(
      v.strictObject({
        kind: v.picklist(["model", "dataset"]),
        repository: v.string(),
        revision: v.string(),
        commit: v.string(),
      }),
    ),
  ),
});

export const doctorJson = v.array(
  v.strictObject({
    name: v.string(),
    works: v.boolean(),
    needed: v.boolean(),
    detail: v.pipe(v.string(), v.nonEmpty()),
    advice: v.string(),
    auto: v.optional(v.boolean()),
  }),
);

export function parseJson<T>(schema: v.GenericSchema<unknown, T>, text: string): T {
  return v.parse(schema, JSON.parse(text));
}
