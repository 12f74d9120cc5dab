// Writes docs/language.md from the language's schema table. `--check` only says whether it is up to date.
import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";

const root = path.resolve(import.meta.dirname, "..");
const target = path.join(root, "docs/language.md");
const bundle = path.join(root, ".cache/language-reference.mjs");

await esbuild.build({
  absWorkingDir: root,
  entryPoints: ["language-server/services/reference-page.ts"],
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "esm",
  logLevel: "warning",
});
const { referencePage } = await import(pathToFileURL(bundle).toString());
const page = referencePage();
const isCurrent = fs.existsSync(target) && fs.readFileSync(target, "utf8") === page;

if (!process.argv.includes("--check")) fs.writeFileSync(target, page);
else if (!isCurrent) {
  console.error("docs/language.md is not up to date: run node scripts/generate-language-reference.mjs");
  process.exitCode = 1;
}
