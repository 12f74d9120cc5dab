// `npm run quickstart:base`: pre-trains examples/quickstart/base-model again, from random weights, with this product:
// writes the documents, runs base.mos's three experiments one after the other, and puts the result into base-model/.
import * as fs from "node:fs";
import * as path from "node:path";
import { root, run } from "./prepare.mjs";

const quickstart = path.join(root, "examples/quickstart");
const base = path.join(quickstart, "base");
const target = path.join(quickstart, "base-model");

/** The form in which the base model saw questions and answers (generator/documents.mjs writes the same). */
const chatTemplate =
  "{% for message in messages %}" +
  "{% if message.role == 'user' %}{{ bos_token }}Q: {{ message.content }}\n" +
  "{% elif message.role == 'assistant' %}A: {{ message.content }}{{ eos_token }}{% endif %}" +
  "{% endfor %}{% if add_generation_prompt %}A:{% endif %}";

run(process.execPath, [path.join(quickstart, "generator/make-data.mjs"), "--base"]);
for (const experiment of ["base-copying", "base-documents", "base-families"]) {
  run(process.execPath, ["dist/mos.js", "run", path.join(base, "base.mos"), experiment]);
}

fs.rmSync(target, { recursive: true, force: true });
fs.cpSync(path.join(base, "third"), target, { recursive: true });
const tokenizerConfig = path.join(target, "tokenizer_config.json");
const config = JSON.parse(fs.readFileSync(tokenizerConfig, "utf8"));
fs.writeFileSync(tokenizerConfig, `${JSON.stringify({ ...config, chat_template: chatTemplate }, null, 2)}\n`);
console.log(`base-model/: ${fs.readdirSync(target).join(", ")}`);
