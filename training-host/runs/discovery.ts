/** `host.json`: how clients find the live host of a run. Rewritten with each heartbeat, gone when the host is. */
import * as fs from "node:fs";
import * as path from "node:path";
import { HOST_PROTOCOL_VERSION } from "../../contracts/host-protocol";
import { type HostDiscovery, runFolderLayout } from "../../contracts/run-folder";
import { ownIdentity } from "../../run-folder/process-identity";
import { explainWriteFailure } from "./write-failure";

export class HostAnnouncement {
  private stopping = false;
  private readonly file: string;
  private readonly identity = ownIdentity();

  constructor(
    runFolder: string,
    private readonly address: { runId: string; socket: string; token: string },
  ) {
    this.file = path.join(runFolder, runFolderLayout.discovery);
    this.beat();
  }

  /** Renews the heartbeat. */
  beat(): void {
    const { pid, processStart, host } = this.identity;
    const discovery: HostDiscovery = {
      protocol: HOST_PROTOCOL_VERSION,
      ...this.address,
      pid,
      processStart,
      host,
      heartbeat: new Date().toISOString(),
      stopping: this.stopping,
    };
    // Renamed into place, so that a reader never sees half of it; not synced: after a power failure no host is alive.
    const beside = `${this.file}.${pid}.partial`;
    try {
      fs.rmSync(beside, { force: true });
      fs.writeFileSync(beside, `${JSON.stringify(discovery, null, 2)}\n`, { mode: 0o600 });
      fs.renameSync(beside, this.file);
    } catch (error) {
      fs.rmSync(beside, { force: true });
      throw explainWriteFailure(error, this.file);
    }
  }

  markStopping(): void {
    this.stopping = true;
    this.beat();
  }

  withdraw(): void {
    fs.rmSync(this.file, { force: true });
  }
}
