import { describe, expect, it } from "vitest";
import type { ProgressParams } from "../../../contracts/host-protocol";
import { UserError } from "../../../contracts/user-error";
import { connectHost } from "../../../run-folder/host-client";
import { requestStop } from "../../../run-folder/stop-run";
import { SampleHost, sampleProgress, writeDiscovery } from "./sample-host";
import { sampleRun, writeSampleRun } from "./sample-run";
import { temporaryFolder } from "./temporary-folder";

describe("a connection to a host", () => {
  it("introduces itself, hears progress that is valid, and stops the host", async () => {
    const folder = temporaryFolder();
    const host = await SampleHost.serve(folder);
    const client = await connectHost(folder, "test");
    const heard: ProgressParams[] = [];
    client.onProgress((progress) => heard.push(progress));
    host.sendProgress({ ...sampleProgress, step: "twelve" });
    host.sendProgress(sampleProgress);
    await expect.poll(() => heard).toEqual([sampleProgress]);
    expect(client.host.pid).toBe(process.pid);
    await client.stop();
    expect(host.stops).toBe(1);
    expect(host.clients).toEqual(["test"]);
    client.dispose();
    host.leave();
  });

  it("says in a sentence that the host has gone instead of answering; a run that is over needs no stop", async () => {
    const folder = writeSampleRun(temporaryFolder(), sampleRun({ steps: 40, done: 20, end: "open" }));
    const host = await SampleHost.serve(folder);
    host.leavesWhenAsked = true;
    const client = await connectHost(folder, "test");
    const lost = await client.stop().catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(UserError);
    expect(lost).toMatchObject({ reason: "host-lost" });
    client.dispose();
    const other = await SampleHost.serve(folder);
    other.leavesWhenAsked = true;
    expect(await requestStop(folder, "test")).toBe("host-asked");
    expect(other.stops).toBe(1);
  });

  it("is refused with a wrong token", async () => {
    const folder = temporaryFolder();
    const host = await SampleHost.serve(folder);
    writeDiscovery(folder, { token: "wrong" });
    await expect(connectHost(folder, "test")).rejects.toThrow("The token is wrong");
    host.leave();
  });

  it("tells when the host goes, but not when it leaves itself", async () => {
    const folder = temporaryFolder();
    const host = await SampleHost.serve(folder);
    const [left, stayed] = [await connectHost(folder, "left"), await connectHost(folder, "stayed")];
    let closedAfterLeaving = false;
    left.onClose(() => {
      closedAfterLeaving = true;
    });
    const closed = new Promise<void>((resolve) => stayed.onClose(resolve));
    left.dispose();
    host.die();
    await closed;
    expect(closedAfterLeaving).toBe(false);
  });

  it("says in a sentence that there is no host, none listening, or one of another version", async () => {
    const folder = temporaryFolder();
    await expect(connectHost(folder, "test")).rejects.toThrow("No training host is running");
    writeDiscovery(folder);
    await expect(connectHost(folder, "test")).rejects.toThrow("cannot be reached");
    writeDiscovery(folder, { protocol: 99 });
    const refused = connectHost(folder, "test");
    await expect(refused).rejects.toBeInstanceOf(UserError);
    await expect(refused).rejects.toThrow("version 99");
  });
});
