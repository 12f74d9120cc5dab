/** Real processes that behave as bad libraries make them behave. */
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { probeInChild } from "../../../../../training-host/tensor/ladder/probe-in-child";
import { temporaryFolder } from "../../data/temporary-folder";

const answer = `{"works":true,"detail":"fine","advice":"","software":false,"relaxedSimd":true}`;
const write = (text: string) => `require("node:fs").writeSync(3, ${JSON.stringify(text)});`;

function probe(script: string, mostSeconds = 20) {
  const file = path.join(temporaryFolder(), "probe.cjs");
  fs.writeFileSync(file, script);
  return probeInChild("wasm-blas", "Repair it.", { script: file, mostSeconds });
}

describe("a backend tried in a process of its own", () => {
  it("works when it says so, whatever its library prints", async () => {
    const noisy = `console.log("garbage \\0 {}"); console.error("warning"); ${write(answer)}`;
    expect(await probe(noisy)).toMatchObject({ works: true, detail: "fine" });
  });

  it("works when the library crashes only on its way out", async () => {
    expect(await probe(`${write(answer)} process.abort();`)).toMatchObject({ works: true });
  });

  it.each([
    ["aborts", "process.abort()", /was ended by SIG(ABRT|TRAP)/],
    [
      "is killed",
      `process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)`,
      /was ended by SIGKILL/,
    ],
    ["ends without a word", "", /ended with code 0/],
    [
      "ends with an error",
      `throw new Error("no such symbol: sgemm")`,
      /ended with code 1 \(Error: no such symbol: sgemm\)/,
    ],
    ["answers garbage", write("{}"), /ended with code 0/],
    ["answers half", write(answer.slice(0, 20)), /ended with code 0/],
  ])("does not work when it %s", async (_what, script, detail) => {
    expect(await probe(script)).toEqual({
      works: false,
      detail: expect.stringMatching(detail),
      advice: "Repair it.",
      software: false,
      relaxedSimd: false,
    });
  });

  it("does not work when it hangs, even if it does not listen to signals", async () => {
    const hangs = `process.on("SIGTERM", () => {}); for (;;) {}`;
    expect(await probe(hangs, 0.5)).toMatchObject({
      works: false,
      detail: "The process that tried it gave no answer within 0.5 s.",
      advice: "Repair it.",
    });
  });
});
