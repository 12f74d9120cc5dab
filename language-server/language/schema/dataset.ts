import {
  absent,
  type Default,
  type Key,
  type Parameter,
  positiveInteger,
  positiveNumber,
  required,
  value,
} from "./key";

const column = (name: string, fallback: string, doc: string): Parameter => ({
  name,
  type: { kind: "text" },
  default: value(fallback),
  doc,
});

const format: Key = {
  name: "format",
  doc: "What a row of the file looks like, and which of its text is learned.",
  example: 'format columns prompt="question" answer="answer"',
  since: 1,
  form: {
    kind: "variants",
    default: null,
    variants: [
      {
        word: "chat",
        doc: "A list of turns; the assistant's turns are learned.",
        properties: [
          column("messages", "messages", "Column that holds the list of turns."),
          column("role", "role", "Field of a turn that says who speaks."),
          column("text", "content", "Field of a turn that holds what is said."),
        ],
      },
      {
        word: "alpaca",
        doc: "Columns `instruction`, `input` (may be left out) and `output`; the output is learned.",
        properties: [],
      },
      {
        word: "columns",
        doc: "A prompt column and an answer column; the answer is learned.",
        properties: [
          column("prompt", "prompt", "Column of the prompt."),
          column("answer", "answer", "Column of the answer."),
        ],
      },
      {
        word: "text",
        doc: "Plain text in one column; every token is learned.",
        properties: [column("column", "text", "Column of the text.")],
      },
    ],
  },
};

const path = (name: string, doc: string, otherwise: Default): Parameter => ({
  name,
  type: { kind: "path", of: "data" },
  default: otherwise,
  doc,
});

/** Keys of `dataset NAME { }`. */
export const datasetKeys: readonly Key[] = [
  {
    name: "path",
    doc: "File of the training rows: JSON lines (`.jsonl`, `.ndjson`) or a JSON array (`.json`).",
    example: 'path "data/math.jsonl"',
    since: 1,
    form: { kind: "value", value: path("path", "File of the training rows.", required) },
  },
  format,
  {
    name: "dev",
    doc: "Held-out file in the same format; evaluations are made on it, training never sees it.",
    example: 'dev "data/math-dev.jsonl"',
    since: 1,
    form: { kind: "value", value: path("dev", "File of the held-out rows.", absent) },
  },
  {
    name: "weight",
    doc: "Multiplies the dataset's size in the prior: 2 counts every row twice.",
    example: "weight 2",
    since: 1,
    form: {
      kind: "value",
      value: { name: "weight", type: positiveNumber, default: value(1), doc: "Factor on the size." },
    },
  },
  {
    name: "limit",
    doc: "Uses the first rows of the file only.",
    example: "limit 200k samples",
    since: 1,
    form: {
      kind: "value",
      value: { name: "limit", type: positiveInteger("samples"), default: absent, doc: "Most rows to use." },
    },
  },
  {
    name: "license",
    doc: "The data's licence, carried into the run's record.",
    example: 'license "CC-BY-4.0"',
    since: 1,
    form: {
      kind: "value",
      value: { name: "license", type: { kind: "text" }, default: absent, doc: "Name of the licence." },
    },
  },
];
