/** The process `backend-probe.js <backend>`: one `BackendProbe`. A process of its own, since a backend may abort it. */
import * as fs from "node:fs";
import { backendNames } from "../../../contracts/backend";
import { PROBE_ANSWER } from "./backend-probe";
import { probeBackend } from "./probe-backend";

const name = backendNames.find((known) => known === process.argv[2]);
if (name === undefined) {
  console.error(`usage: backend-probe ${backendNames.join("|")}`);
  process.exit(2);
}
void probeBackend(name).then((probe) => {
  fs.writeSync(PROBE_ANSWER, JSON.stringify(probe));
  // Whatever a library has started must not keep the process.
  process.exit();
});
