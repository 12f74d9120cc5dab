#!/usr/bin/env node
// Stands in for the `code` executable that @vscode/test-electron starts: takes its arguments, runs the tests in the real
// extension host behind the browser workbench, and exits with their result. 2: the host broke, 3: the tests took too long.
import * as fs from "node:fs";
import * as path from "node:path";
import { format } from "node:util";
import { startBrowser } from "./browser.mjs";
import { startServer, workbenchUrl } from "./server.mjs";

const TEST_MINUTES = 8;
const root = path.resolve(import.meta.dirname, "../..");
const results = path.join(root, "test-results");
/** What every start of the host says; none of it is about the extension. */
const noise =
  /additional builtin|connection token|Creating a socket|reconnection-grace-time|AccountPolicyGate|AgentHost|\[Service Worker\]/;

const folder = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
if (!folder) throw new Error("The tests need a workspace folder.");
fs.mkdirSync(results, { recursive: true });

let server;
let browser;
const close = async () => {
  await browser?.close();
  await server?.stop();
};
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => close().finally(() => process.exit(2)));
let code = 2;
try {
  server = await startServer({ testDriver: true, logFile: path.join(results, "vscode-server.log") });
  browser = await startBrowser();
  code = await runTests(await browser.newContext({ viewport: { width: 1360, height: 860 } }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
} finally {
  await close();
}
process.exit(code);

async function runTests(context) {
  let timer;
  const page = await context.newPage();
  const result = new Promise((resolve, reject) => {
    // Both must be there before the page opens: the workbench looks for them once.
    context.exposeFunction("codeAutomationLog", logLine).catch(reject);
    context.exposeFunction("codeAutomationExit", (exitCode) => resolve(exitCode ?? 0)).catch(reject);
    page.on("crash", () => reject(new Error("The workbench crashed.")));
    timer = setTimeout(() => {
      console.error(`The tests did not end within ${TEST_MINUTES} minutes.`);
      const picture = path.join(results, "vscode-timeout.png");
      page.screenshot({ path: picture }).finally(() => resolve(3));
    }, TEST_MINUTES * 60_000);
  });
  await page.goto(
    workbenchUrl({
      port: server.port,
      folder,
      extensionDevelopmentPath: optionOf("extensionDevelopmentPath"),
      extensionTestsPath: optionOf("extensionTestsPath"),
    }),
  );
  return result.finally(() => clearTimeout(timer));
}

function logLine(type, parts) {
  const line = format(...parts);
  if (!noise.test(line)) (type === "error" ? console.error : console.log)(line);
}

function optionOf(name) {
  return process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
}
