/**
 * Values of options that take the words of a `.mos` statement: read by the language itself, so that both say the same. Texts may
 * stand without quotes, which a shell would take away anyhow: `columns prompt=inputs answer=targets`.
 */
import type { Config, DatasetFormat, TemplateConfig } from "../contracts/plan";
import { resolvePlans } from "../language-server/language/plan";
import { UsageError } from "./report-error";

/**
 * What stands behind `format` in a dataset block: `chat`, `columns prompt="question" answer="answer"`.
 * @throws UsageError with the language's own words.
 */
export function readFormat(words: string): DatasetFormat {
  return resolveStatement("--format", { format: quoteTexts(words) }).data[0]!.format;
}

/** What stands behind `template` in a model block: `none`, `chatml`, `file "chat.jinja"`. @throws UsageError. */
export function readTemplate(words: string): TemplateConfig {
  const quoted = words
    .trim()
    .replace(/^file\s+(?!")(.+)$/, (_, path: string) => `file ${JSON.stringify(path)}`);
  return resolveStatement("--template", { template: quoted }).model.template;
}

/** `name=text` and `name='text'` as `name="text"`. */
function quoteTexts(words: string): string {
  return words.replace(/([\w-]+)=(?:'([^']*)'|([^\s"'][^\s"]*))/g, (_, name, inQuotes, bare) => {
    return `${name}=${JSON.stringify(inQuotes ?? bare)}`;
  });
}

/** The least file that has the statement, which stands on a line of its own. */
function resolveStatement(option: string, words: { format?: string; template?: string }): Config {
  const statement = (name: "format" | "template", usual: string) =>
    `${name} ${(words[name] ?? usual).replaceAll(/\s+/g, " ")}`;
  const text = `model model {
  path "model"
  ${statement("template", "own")}
}
dataset data {
  path "data.jsonl"
  ${statement("format", "chat")}
}
experiment evaluation {
  model model
  data [data]
}
`;
  const file = "/options.mos";
  const { plans, diagnostics } = resolvePlans(file, (name) => (name === file ? text : null), {
    ...{ names: [], profile: null, set: [] },
    environment: process.env,
  });
  const problem = diagnostics.find(({ severity }) => severity === "error");
  if (problem || plans.length !== 1)
    throw new UsageError(
      `${option} ${JSON.stringify(words.format ?? words.template)}: ${problem?.message ?? "this is more than one statement"}`,
    );
  return plans[0]!.config;
}
