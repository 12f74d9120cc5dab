import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { InstallProgress } from "../../../../../../training-host/tensor/tensorflow/install/progress";
import {
  cudaRequirements,
  cudaRequirementsOf,
  unpackCuda,
  unpackTensorflow,
} from "../../../../../../training-host/tensor/tensorflow/install/unpack-libraries";
import { unpackTarball } from "../../../../../../training-host/tensor/tensorflow/install/unpack-tarball";
import { temporaryFolder, write } from "../temporary-folder";
import { type ArchivedFile, makeTarball, makeZip } from "./archives";

const folder = temporaryFolder();
const LIBRARY = "libtensorflow_cc.so.2";
const signal = new AbortController().signal;

function wheel(files: readonly ArchivedFile[], cutTo?: number): string {
  const file = path.join(folder.path, "tensorflow.whl");
  write(file, makeZip(files).subarray(0, cutTo));
  return file;
}

const unpack = (file: string, report: (progress: InstallProgress) => void = () => {}) =>
  unpackTensorflow(file, [LIBRARY], { folder: path.join(folder.path, "out"), report, signal });

const unpacked = () => {
  const out = path.join(folder.path, "out");
  return fs
    .readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((name) => fs.statSync(path.join(out, name)).isFile())
    .sort();
};

const library = { name: `tensorflow/${LIBRARY}`, content: "abc".repeat(100_000) };

describe("a wheel of TensorFlow", () => {
  it("gives its libraries and C headers, and nothing else", async () => {
    const seen: InstallProgress[] = [];
    const file = wheel([
      { name: "tensorflow/python/keras.py", content: "import this" },
      library,
      { name: "tensorflow/include/tensorflow/c/c_api.h", content: "// C", stored: true },
      { name: "tensorflow/include/tsl/platform/ctstring.h", content: "" },
      { name: "tensorflow/include/external/llvm-project/llvm.h", content: "// LLVM" },
    ]);
    await unpack(file, (progress) => seen.push(progress));
    expect(unpacked()).toEqual([
      "tensorflow/include/tensorflow/c/c_api.h",
      "tensorflow/include/tsl/platform/ctstring.h",
      `tensorflow/${LIBRARY}`,
    ]);
    const target = path.join(folder.path, "out", library.name);
    expect(fs.readFileSync(target, "utf8")).toBe(library.content);
    expect(seen.at(-1)).toMatchObject({ step: "Unpacking TensorFlow", done: 300_004, total: 300_004 });
  });

  it.each([
    ["that is cut", () => wheel([library], -30), "it is no zip archive, or its end is missing"],
    [
      "of a page with an error",
      () => {
        const file = path.join(folder.path, "page.whl");
        write(file, "<html>404</html>");
        return file;
      },
      "it is no zip archive",
    ],
    ["with damaged content", () => wheel([{ ...library, crc: 1 }]), `tensorflow/${LIBRARY} in it is damaged`],
    [
      "of another platform",
      () => wheel([{ name: "tensorflow/libtensorflow_cc.2.dylib", content: "" }]),
      `it has no ${LIBRARY}`,
    ],
    [
      "that reaches outside",
      () => wheel([library, { name: "tensorflow/include/tensorflow/c/../../../../../evil.h", content: "" }]),
      "lies outside of it",
    ],
  ])("%s is refused", async (_, make, why) => {
    const file = make();
    await expect(unpack(file)).rejects.toMatchObject({
      reason: "backend-unavailable",
      message: expect.stringContaining(why),
    });
    expect(fs.existsSync(path.join(folder.path, "evil.h"))).toBe(false);
  });

  it("names its CUDA packages, for pip", async () => {
    const metadata = [
      "Name: tensorflow",
      "Requires-Dist: numpy>=1.26.0",
      'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
      "Requires-Dist: nvidia-nccl-cu12 (>=2.27.7) ; extra == 'and-cuda'",
      'Requires-Dist: tensorflow-text; extra == "text"',
    ].join("\n");
    const expected = ["nvidia-cublas-cu12<13.0,>=12.5.3.2", "nvidia-nccl-cu12 (>=2.27.7)"];
    expect(cudaRequirementsOf(metadata.replaceAll("\n", "\r\n"))).toEqual(expected);
    const file = wheel([library, { name: "tensorflow-2.21.0.dist-info/METADATA", content: metadata }]);
    expect(await cudaRequirements(file, folder.path, signal)).toEqual(expected);
  });

  it("without CUDA is refused for a GPU", async () => {
    const file = wheel([
      library,
      { name: "tensorflow-2.21.0.dist-info/METADATA", content: "Name: tensorflow" },
    ]);
    await expect(cudaRequirements(file, folder.path, signal)).rejects.toThrow("it is not built with CUDA");
  });

  it("finds CUDA's libraries beside its own", async () => {
    const file = wheel([
      { name: "nvidia/cudnn/lib/libcudnn.so.9", content: "cudnn" },
      { name: "nvidia/cudnn/include/cudnn.h", content: "" },
      { name: "nvidia/cuda_nvcc/bin/ptxas", content: "ptxas", mode: 0o755 },
    ]);
    await unpackCuda([file], { folder: path.join(folder.path, "out"), report: () => {}, signal });
    expect(unpacked()).toEqual(["nvidia/cuda_nvcc/bin/ptxas", "nvidia/cudnn/lib/libcudnn.so.9"]);
    const compiler = path.join(folder.path, "out/nvidia/cuda_nvcc/bin/ptxas");
    expect(fs.statSync(compiler).mode & 0o100).toBe(0o100);
  });

  it("stops when the installation is cancelled", async () => {
    const cancelled = AbortSignal.abort();
    const out = path.join(folder.path, "out");
    const unpacking = { folder: out, report: () => {}, signal: cancelled };
    await expect(unpackTensorflow(wheel([library]), [LIBRARY], unpacking)).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});

describe("a package of npm", () => {
  it("is unpacked without its first folder", () => {
    const content = "x".repeat(700);
    unpackTarball(
      makeTarball([
        { name: "package/package.json", content: "{}" },
        { name: "package/dist/kernels/Abs.js", content },
      ]),
      path.join(folder.path, "out"),
    );
    expect(unpacked()).toEqual(["dist/kernels/Abs.js", "package.json"]);
    expect(fs.readFileSync(path.join(folder.path, "out/dist/kernels/Abs.js"), "utf8")).toBe(content);
  });

  it("that reaches outside is refused", () => {
    const archive = makeTarball([{ name: "package/../../evil.js", content: "" }]);
    expect(() => unpackTarball(archive, path.join(folder.path, "out"))).toThrow("lies outside");
  });
});
