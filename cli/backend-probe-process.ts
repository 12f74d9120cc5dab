/** The process `backend-probe.js <backend>`: prints one `BackendProbe` as JSON. A process of its own, since a backend may abort it. */
import { backendNames } from "./backend-probe";
import { probeBackend } from "./probe-backend";

const name = backendNames.find((known) => known === process.argv[2]);
if (name === undefined) {
  console.error(`usage: backend-probe ${backendNames.join("|")}`);
  process.exitCode = 2;
} else {
  void probeBackend(name).then((probe) => console.log(JSON.stringify(probe)));
}
