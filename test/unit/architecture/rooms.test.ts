/** Holds every source file to docs/architecture.md's "may import" column, and to the house's rules on exports and names. */
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");

/** Room -> what it may import of ours. A path narrows the permission to that folder. */
const mayImport: Record<string, readonly string[]> = {
  contracts: [],
  "run-view": ["contracts"],
  "run-folder": ["contracts"],
  "model-client": ["contracts"],
  // The scorer is pure, and the check "can these updates move the mixture?" simulates it.
  "language-server": ["contracts", "training-host/mixture"],
  "training-host": ["contracts", "run-folder"],
  extension: ["contracts", "run-view", "run-folder", "model-client"],
  webview: ["contracts", "run-view"],
  cli: ["contracts", "run-view", "run-folder", "model-client", "language-server", "training-host"],
};

/** Rooms that must run in a browser or stay pure: none of Node's modules, no VS Code. */
const withoutNode = ["contracts", "run-view", "webview", "language-server/language", "training-host/mixture"];

const builtins = /^(node:|vscode$)/;

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function sourceFiles(folder: string): string[] {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const relative = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "assembly" ? [] : sourceFiles(relative);
    return /\.ts$/.test(entry.name) ? [relative] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = fs.readFileSync(path.join(root, file), "utf8");
  const pattern =
    /^\s*(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    file,
    specifier: (match[1] ?? match[2] ?? match[3]) as string,
  }));
}

/** Path of the imported file from the root, or null for a package. */
function target({ file, specifier }: Import): string | null {
  if (!specifier.startsWith(".")) return null;
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
}

const isInside = (file: string, folder: string) => file === folder || file.startsWith(`${folder}/`);

describe.each(Object.entries(mayImport))("room %s", (room, allowed) => {
  const files = sourceFiles(room);
  const imports = files.flatMap(importsOf);

  it("has files and imports", () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it(`imports only itself and ${allowed.join(", ") || "packages"}`, () => {
    const strangers = imports.filter((one) => {
      const to = target(one);
      return to !== null && ![room, ...allowed].some((folder) => isInside(to, folder));
    });
    expect(strangers.map((one) => `${one.file} imports ${one.specifier}`)).toEqual([]);
  });

  it("imports VS Code only in the extension", () => {
    if (room === "extension") return;
    expect(imports.filter((one) => one.specifier === "vscode").map((one) => one.file)).toEqual([]);
  });

  it("has no barrels and no files called index, utils, helpers or manager", () => {
    const bad = files.filter((file) => /(^|\/)(index|utils?|helpers?|manager|common|misc)\.ts$/.test(file));
    expect(bad).toEqual([]);
  });
});

describe("pure rooms", () => {
  it.each(withoutNode)("%s uses nothing of Node or VS Code", (folder) => {
    const bad = sourceFiles(folder)
      .flatMap(importsOf)
      .filter((one) => builtins.test(one.specifier));
    expect(bad.map((one) => `${one.file} imports ${one.specifier}`)).toEqual([]);
  });
});

describe("project references", () => {
  it.each(Object.entries(mayImport))("%s's tsconfig refers to what it may import", (room, allowed) => {
    const config = JSON.parse(fs.readFileSync(path.join(root, room, "tsconfig.json"), "utf8")) as {
      references?: { path: string }[];
    };
    const referenced = (config.references ?? [])
      .map((reference) => path.posix.join(room, reference.path))
      .sort();
    const rooms = [...new Set(allowed.map((folder) => folder.split("/")[0] as string))].sort();
    expect(referenced).toEqual(rooms);
  });
});
