/** Templates that loop, recurse or swell. They run in a worker thread with little memory, which is stopped if they do not stop. */
import path from "node:path";
import { Worker } from "node:worker_threads";
import * as esbuild from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

const twelve = "{% for a in range(99999) %}".repeat(12);
const content = "messages[0].content";
const rounds = (body: string) =>
  `{% set ns = namespace(s=['x'], t='xxxxxxxx') %}{% for i in range(60) %}${body}{% endfor %}`;
const often = (body: string) => `{% set s = ${content} %}{% for i in range(99999) %}${body}{% endfor %}`;

/** Each with what it is told to the user. */
const hostile: [name: string, source: string, told: RegExp][] = [
  [
    "a range of a million millions",
    "{% for i in range(10**12) %}x{% endfor %}",
    /range\(\) of 1000000000000 numbers/,
  ],
  ["loops within loops", `${twelve}x${"{% endfor %}".repeat(12)}`, /too many steps/],
  ["a macro that calls itself", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", /too deep a recursion/],
  [
    "a macro that calls itself twice",
    "{% macro f(n) %}{% if n > 0 %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    /too many steps/,
  ],
  [
    "call blocks that write twice",
    `{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}${"{% call m() %}".repeat(30)}x${"{% endcall %}".repeat(30)}`,
    /too many steps/,
  ],
  ["a text that doubles", rounds("{% set ns.t = ns.t + ns.t %}"), /a text or list of \d+ characters/],
  ["a text that doubles by ~", rounds("{% set ns.t = ns.t ~ ns.t %}"), /a text or list of \d+ characters/],
  ["a list that doubles", rounds("{% set ns.s = ns.s + ns.s %}"), /a text or list of|too much text/],
  ["a list of itself twice", rounds("{% set ns.s = [ns.s, ns.s] %}"), /a text or list of \d+ characters/],
  [
    "replacing every letter by all of it",
    rounds("{% set ns.t = ns.t | replace('x', ns.t) %}"),
    /a text or list of \d+ characters/,
  ],
  [
    "the same as a method",
    rounds("{% set ns.t = ns.t.replace('x', ns.t) %}"),
    /a text or list of \d+ characters/,
  ],
  [
    "the same as a method named by a value",
    rounds("{% set ns.t = ns.t['replace']('x', ns.t) %}"),
    /a text or list of \d+ characters/,
  ],
  [
    "the same in a filter block",
    `{% filter replace('x', ${content}) %}{{ ${content} }}{% endfilter %}`,
    /a text or list of \d+ characters/,
  ],
  [
    "joining with a long text",
    rounds("{% set ns.t = range(90000) | join(ns.t) %}"),
    /a text or list of \d+ characters/,
  ],
  ["wide JSON", "{{ [[1]] | tojson(indent=1000000000) }}", /an indent of 1000000000 characters/],
  ["wide lines", "{{ 'a\nb' | indent(1000000000) }}", /a text or list of \d+ characters/],
  [
    "writing all over and over",
    "{% for i in range(90000) %}{{ messages }}{% endfor %}",
    /too much text in all/,
  ],
  ["writing a text over and over", often("{{ s }}{{ s }}{{ s }}{{ s }}"), /too many steps|too much text/],
  ["comparing over and over", often("{% if s ~ '' == s %}{% endif %}"), /too much text in all/],
  ["searching over and over", often("{% if s in s ~ 'b' %}{% endif %}"), /too much text in all/],
  ["splitting over and over", often("{% set p = s.split('x') %}"), /too much text in all/],
  ["slicing over and over", often("{% set p = s[0:1] %}"), /too much text in all/],
  ["sorting over and over", often("{% set p = range(90000) | sort %}"), /too much text in all/],
  [
    "macros defined over and over",
    often(`{% macro f() %}${"{{ 1 }}".repeat(10_000)}{% endmacro %}`),
    /too many steps/,
  ],
  [
    "more brackets than fit",
    `{{ ${"(".repeat(100_000)}1${")".repeat(100_000)} }}`,
    /cannot be read: it nests too deeply/,
  ],
  [
    "more blocks than fit",
    `${"{% if true %}".repeat(10_000)}${"{% endif %}".repeat(10_000)}`,
    /cannot be read: it nests too deeply/,
  ],
  ["a long blank", `${" ".repeat(200_000)}x`, /cannot be read: it has more than 4096 blanks in a row/],
  ["a long template", "x".repeat(300_000), /cannot be read: it has 300000 characters/],
];

/** These are refused by the words of the interpreter, like a template that does not fit the conversation. */
const refused: [name: string, source: string, told: RegExp][] = [
  [
    "a method kept for later",
    `{% set f = ${content}.replace %}{{ f('x', 'y') }}`,
    /must be called where it is named/,
  ],
  [
    "namespaces in namespaces",
    "{% set o = namespace(v=0) %}{% set o.v = namespace(a=o) %}",
    /a namespace within another value/,
  ],
  [
    "a namespace in itself",
    "{% set o = namespace(v=0) %}{% set o.v = o %}{{ o | tojson }}",
    /a namespace within another value/,
  ],
  ["a range of what is no number", "{% for i in range(10 ** 300) %}{% endfor %}", /range\(\) needs integers/],
];

interface Outcome {
  reason: string | null;
  message: string;
}

const MEMORY = 256;
let code = "";
let worker: Worker;
let settle: (outcome: Outcome) => void;

beforeAll(async () => {
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: `
        import { parentPort } from "node:worker_threads";
        import { ChatTemplate } from "./chat-template";
        parentPort.on("message", ({ source, characters }) => {
          try {
            const template = new ChatTemplate(source, new Map());
            const text = template.render([{ role: "user", content: "x".repeat(characters) }], false);
            parentPort.postMessage({ reason: null, message: "wrote " + text.length });
          } catch ({ reason, message }) {
            parentPort.postMessage({ reason: reason ?? "refused", message });
          }
        });`,
      resolveDir: path.resolve(import.meta.dirname, "../../../../training-host/data"),
      loader: "ts",
    },
    ...{ bundle: true, platform: "node", format: "cjs", write: false, logLevel: "silent" },
  });
  code = outputFiles[0]!.text;
  startWorker();
});

afterAll(() => worker.terminate());

function startWorker(): void {
  worker = new Worker(code, { eval: true, resourceLimits: { maxOldGenerationSizeMb: MEMORY } });
  worker.on("message", (outcome: Outcome) => settle(outcome));
  worker.on("error", ({ message }) => {
    startWorker();
    settle({ reason: "died", message });
  });
}

/** What the worker says; one that says nothing is stopped. */
async function outcome(source: string, characters: number): Promise<Outcome> {
  const late = setTimeout(async () => {
    await worker.terminate();
    settle({ reason: "stopped", message: "it did not come to an end" });
    startWorker();
  }, 30_000);
  const said = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  worker.postMessage({ source, characters });
  try {
    return await said;
  } finally {
    clearTimeout(late);
  }
}

test.each(hostile)("%s comes to an end", async (_, source, told) => {
  const result = await outcome(source, 100_000);
  expect(result).toMatchObject({ reason: "bad-template", message: expect.stringMatching(told) as string });
});

test.each(refused)("%s is refused", async (_, source, told) => {
  expect(await outcome(source, 1000)).toMatchObject({
    reason: "refused",
    message: expect.stringMatching(told) as string,
  });
});

test("a large conversation is well within the bounds", async () => {
  const template =
    "{% for m in messages %}{% for n in messages[::-1] %}{% endfor %}{% set c = m.content | trim %}" +
    "{% if '</think>' in c %}{% set c = c.split('</think>')[-1].lstrip('\n') %}{% endif %}" +
    "{{ '<|im_start|>' + m.role + '\n' + c + '<|im_end|>' + '\n' }}{% endfor %}";
  expect(await outcome(template, 5_000_000)).toMatchObject({
    reason: null,
    message: expect.stringMatching(/^wrote 50000/) as string,
  });
});
