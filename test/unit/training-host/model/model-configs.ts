/** Reads `test/fixtures/model-configs`: the config.json of published models. */
import * as fs from "node:fs";
import * as path from "node:path";
import { ConfigReader } from "../../../../training-host/model/checkpoint/config-reader";

const folder = path.resolve(import.meta.dirname, "../../../fixtures/model-configs");

/** `changes` replace keys; undefined leaves a key out. */
export function modelConfig(name: string, changes: Record<string, unknown> = {}): ConfigReader {
  const published = JSON.parse(fs.readFileSync(path.join(folder, `${name}.json`), "utf8"));
  return new ConfigReader(JSON.parse(JSON.stringify({ ...published, ...changes })), `${name}/config.json`);
}

export function modelConfigNames(): string[] {
  return fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.replace(/\.json$/, ""));
}
