/** What names something on the Hugging Face Hub, of a model and of a dataset. */
import { type Parameter, required, value } from "./key";

export const repository: Parameter = {
  name: "repository",
  type: { kind: "repository" },
  default: required,
  doc: "The repository, as in its address on the Hub: organisation/name.",
};

export const revision: Parameter = {
  name: "revision",
  type: { kind: "revision" },
  default: value("main"),
  doc: "Branch, tag or commit. Only a commit stays the same, so that a run can be repeated.",
};
