import { type BackendName, backendNames } from "../../../contracts/backend";

/**
 * The backends that a test is run on: `usual`, or those in MOS_TEST_BACKENDS (names with commas between), where something
 * is installed that not every machine has.
 */
export function testBackends(usual: readonly BackendName[]): BackendName[] {
  const asked = process.env.MOS_TEST_BACKENDS?.split(",");
  return asked ? backendNames.filter((name) => asked.includes(name)) : [...usual];
}
