import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { LaunchRequest } from "../../../../contracts/launch-protocol";
import { UserError } from "../../../../contracts/user-error";
import { type LauncherProgram, launchRuns } from "../../../../extension/runs/launch-runs";
import { nodeRuntime } from "../../../../extension/runs/node-runtime";
import { temporaryFolder } from "../../run-folder/temporary-folder";

const request: LaunchRequest = { kind: "resume", runFolders: ["/runs/a"], anyBackend: false };

/** A launcher of these lines; `request` holds what it read. */
function launcher(lines: string): LauncherProgram {
  const folder = temporaryFolder();
  const script = path.join(folder, "launch.cjs");
  const read = 'const request = JSON.parse(require("node:fs").readFileSync(0, "utf8"));\n';
  fs.writeFileSync(script, read + lines);
  return { runtime: nodeRuntime(null), script, logFile: path.join(folder, "log/launch.log") };
}

const failureOf = (program: LauncherProgram): Promise<UserError> =>
  launchRuns(request, program).then(
    () => expect.unreachable("it should have failed"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(UserError);
      return error as UserError;
    },
  );

describe("starting runs", () => {
  it("hands the request over and takes the one line of answer, while the launcher goes on", async () => {
    const folder = temporaryFolder();
    const mark = path.join(folder, "went-on");
    const program = launcher(`
      const runs = [{ runId: "a", folder: request.runFolders[0], name: "skills" }];
      process.stdout.write(JSON.stringify({ ok: true, runs }) + "\\n");
      setTimeout(() => require("node:fs").writeFileSync(${JSON.stringify(mark)}, ""), 50);
    `);
    expect(await launchRuns(request, program)).toEqual([{ runId: "a", folder: "/runs/a", name: "skills" }]);
    await expect.poll(() => fs.existsSync(mark)).toBe(true);
  });

  it("says what the launcher refused", async () => {
    const error = await failureOf(
      launcher(
        'console.log(JSON.stringify({ ok: false, message: "The folder is held.", advice: "Wait." }));',
      ),
    );
    expect([error.message, error.advice]).toEqual(["The folder is held.", "Wait."]);
  });

  it("tells the first complaint of a launcher that dies, and where its log is", async () => {
    const program = launcher('throw new Error("no room left");');
    const error = await failureOf(program);
    expect(error.message).toBe("The launcher of training runs ended without an answer: Error: no room left.");
    expect(error.advice).toContain(program.logFile);
  });

  it("takes an answer that is none as no answer", async () => {
    expect((await failureOf(launcher('console.log("hello");'))).reason).toBe("host-lost");
    expect((await failureOf(launcher('console.log("{}");'))).reason).toBe("host-lost");
  });

  it("names the Node that is not there", async () => {
    const program = { ...launcher(""), runtime: nodeRuntime("/nowhere/node") };
    const error = await failureOf(program);
    expect(error.message).toContain("/nowhere/node");
    expect(error.advice).toContain("mos.node.path");
  });
});
