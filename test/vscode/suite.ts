/** VS Code loads this file in the extension host and calls `run`. */
import * as fs from "node:fs";
import * as path from "node:path";
import Mocha from "mocha";

export async function run(): Promise<void> {
  const grep = process.env.MOCHA_GREP;
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, color: false, ...(grep ? { grep } : {}) });
  const files = fs.readdirSync(__dirname).filter((file) => file.endsWith(".test.js"));
  for (const file of files) mocha.addFile(path.join(__dirname, file));
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on("pass", (test) => console.log(`  ok    ${test.fullTitle()} (${test.duration} ms)`));
    runner.on("pending", (test) => console.log(`  skip  ${test.fullTitle()}`));
    runner.on("fail", (test, error: Error) => console.error(`  FAIL  ${test.fullTitle()}: ${error.stack}`));
    runner.on("end", () => writeCounts(runner.stats));
  });
  if (failures > 0) throw new Error(`${failures} tests failed`);
}

function writeCounts(stats: Mocha.Stats | undefined): void {
  const { passes = 0, failures = 0, pending = 0 } = stats ?? {};
  console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  const file = process.env.MOS_TEST_REPORT;
  if (file) fs.writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
}
