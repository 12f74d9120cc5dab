import { type Key, positiveInteger, value } from "./key";

/** Keys of `eval { }`. */
export const evaluationKeys: readonly Key[] = [
  {
    name: "every",
    doc: "Steps between evaluations on the held-out files; the first step and the last are always evaluated.",
    example: "every 500 steps",
    since: 1,
    form: {
      kind: "value",
      value: {
        name: "every",
        type: positiveInteger("steps"),
        none: "none",
        default: value(100),
        doc: "Steps between evaluations, or `none` for the first and the last only.",
      },
    },
  },
  {
    name: "samples",
    doc: "Held-out examples per dataset in each evaluation.",
    example: "samples 256",
    since: 1,
    form: {
      kind: "value",
      value: {
        name: "samples",
        type: positiveInteger("samples"),
        none: "all",
        default: value(256),
        doc: "Most held-out examples per dataset, or `all`.",
      },
    },
  },
];
