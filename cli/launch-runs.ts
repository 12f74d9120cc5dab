/** Starts runs through `dist/launch.js`, which stays behind when we go. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { type LaunchReply, type LaunchRequest, launchReplySchema } from "../contracts/launch-protocol";
import { UserError } from "../contracts/user-error";

export type LaunchedRun = Extract<LaunchReply, { ok: true }>["runs"][number];

/**
 * Resolves when the runs are frozen into their folders and queued.
 * @throws UserError with the launcher's sentence when it refuses.
 */
export async function launchRuns(request: LaunchRequest): Promise<LaunchedRun[]> {
  const script = path.join(__DIST__, "launch.js");
  if (!fs.existsSync(script)) {
    throw new UserError(
      "file-missing",
      `The launcher ${script} is not there.`,
      "Build the product again: npm run build.",
    );
  }
  const launcher = spawn(process.execPath, [script], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const started = new Promise<never>((_, reject) => launcher.once("error", reject));
  // A launcher that cannot start closes its input before we have written: its exit says more than that error.
  launcher.stdin.on("error", () => {});
  launcher.stdin.end(JSON.stringify(request));
  const [answer, complaints] = await Promise.race([
    Promise.all([text(launcher.stdout), text(launcher.stderr)]),
    started,
  ]);
  launcher.unref();
  return parseReply(answer, complaints);
}

function parseReply(answer: string, complaints: string): LaunchedRun[] {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), launchReplySchema), answer);
  if (!result.success) {
    throw new Error("The launcher gave no answer.", { cause: new Error(complaints) });
  }
  const reply = result.output;
  if (!reply.ok) throw new UserError("bad-run", reply.message, reply.advice);
  return reply.runs;
}
