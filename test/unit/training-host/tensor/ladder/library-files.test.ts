import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { existingLibraries } from "../../../../../training-host/tensor/ladder/library-files";
import { temporaryFolder } from "../../data/temporary-folder";

let folder: string;
const NAME = "libnobody-has-this.so.0";

beforeEach(() => {
  folder = temporaryFolder();
});

function view(environment: NodeJS.ProcessEnv = {}, cacheFile = path.join(folder, "none")) {
  return { platform: "linux" as const, environment, cacheFile };
}

describe("where a library is", () => {
  it("is the path itself, when there is such a file", () => {
    const file = path.join(folder, NAME);
    expect(existingLibraries([file], view())).toEqual([]);
    fs.writeFileSync(file, "");
    expect(existingLibraries([file], view())).toEqual([file]);
  });

  it("is told by LD_LIBRARY_PATH and by the loader's own list", () => {
    const file = path.join(folder, NAME);
    const cacheFile = path.join(folder, "ld.so.cache");
    fs.writeFileSync(file, "");
    // As ldconfig writes it: numbers, then names and paths, each ended by a zero.
    fs.writeFileSync(
      cacheFile,
      `glibc-ld.so.cache1.1\u0001\u0002\0${NAME}\0${file}\0other.so\0/nowhere/other.so\0`,
    );
    expect(existingLibraries([NAME], view())).toEqual([]);
    expect(existingLibraries([NAME], view({ LD_LIBRARY_PATH: `/nowhere:${folder}` }))).toEqual([file]);
    expect(existingLibraries([NAME, "other.so"], view({}, cacheFile))).toEqual([file]);
  });

  it("on macOS is told by paths alone", () => {
    const file = path.join(folder, NAME);
    fs.writeFileSync(file, "");
    const mac = { ...view({ LD_LIBRARY_PATH: folder }), platform: "darwin" as const };
    expect(existingLibraries([NAME, file, "/System/none"], mac)).toEqual([file]);
  });

  // The C library is what every process here has loaded.
  it.runIf(process.platform === "linux" && fs.existsSync("/etc/ld.so.cache"))(
    "is right on this machine",
    () => {
      const files = existingLibraries(["libc.so.6"])!;
      expect(files.length).toBeGreaterThan(0);
      const loaded = fs.readFileSync("/proc/self/maps", "utf8");
      expect(files.some((file) => loaded.includes(fs.realpathSync(file)))).toBe(true);
    },
  );
});
