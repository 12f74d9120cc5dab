import { type Key, positiveInteger, value } from "./key";

/** The key `launch` of an experiment or profile. */
export const launchKey: Key = {
  name: "launch",
  doc: "Where runs are executed.",
  example: "launch local parallel=2",
  since: 1,
  form: {
    kind: "variants",
    default: "local",
    variants: [
      {
        word: "local",
        doc: "On this machine, each run in a process of its own.",
        properties: [
          {
            name: "parallel",
            type: positiveInteger(),
            default: value(1),
            doc: "Runs of one command at the same time.",
          },
          {
            name: "backend",
            type: {
              kind: "word",
              words: [
                { word: "auto", doc: "The fastest that works here." },
                { word: "wasm", doc: "WebAssembly kernels." },
                { word: "cpu", doc: "Plain JavaScript: slow, the same everywhere." },
              ],
            },
            default: value("auto"),
            doc: "What computes.",
          },
        ],
      },
    ],
  },
};
