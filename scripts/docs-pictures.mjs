// `npm run docs:pictures`: takes the pictures in docs/images again, from the quickstart's runs that `npm start` made.
// Needs the browser host: node scripts/vscode-host/install.mjs.
import * as path from "node:path";
import { build, root, run } from "./prepare.mjs";

build();
run(process.execPath, [
  "node_modules/@vscode/vsce/vsce",
  "package",
  "--no-dependencies",
  "--out",
  path.join(root, ".cache/mixture-of-skills.vsix"),
]);
run(process.execPath, [
  "node_modules/vitest/vitest.mjs",
  "run",
  "--config",
  "test/e2e/pictures.config.ts",
  "--root",
  root,
]);
