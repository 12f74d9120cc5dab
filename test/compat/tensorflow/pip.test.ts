/** The download through the machine's own pip, from an index on this machine. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { downloadWheels } from "../../../training-host/tensor/tensorflow/install/download-wheels";
import { makeZip } from "../../unit/training-host/tensor/tensorflow/install/archives";

const WHEEL = "tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl";
const info = "tensorflow_cpu-2.21.0.dist-info";
const wheel = makeZip([
  { name: `${info}/METADATA`, content: "Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: 2.21.0\n" },
  { name: `${info}/WHEEL`, content: "Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_27_x86_64\n" },
  { name: `${info}/RECORD`, content: "" },
  { name: "tensorflow/libtensorflow_cc.so.2", content: Buffer.alloc(200_000, 7), stored: true },
]);

let server: Server;
let folder: string;
/** Of the wheel, what the index gives away. */
let served: Buffer;

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-pip-"));
  served = wheel;
  server = createServer((request, response) => {
    if (request.url === `/files/${WHEEL}`) {
      response.setHeader("content-length", wheel.length);
      response.write(served);
      if (served.length === wheel.length) response.end();
      else response.destroy();
    } else if (request.url === "/simple/tensorflow-cpu/")
      response.setHeader("content-type", "text/html").end(`<a href="/files/${WHEEL}">${WHEEL}</a>`);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("PIP_INDEX_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`);
  vi.stubEnv("PIP_RETRIES", "0");
  vi.stubEnv("PIP_FIND_LINKS", undefined);
});

afterEach(() => {
  server.close();
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true, force: true });
});

const sha256 = createHash("sha256").update(wheel).digest("hex");

const download = (hash: string) =>
  downloadWheels(
    {
      requirements: [`tensorflow_cpu==2.21.0 --hash=sha256:${hash}`],
      python: "3.12",
      platforms: ["manylinux_2_27_x86_64"],
    },
    folder,
    () => {},
    new AbortController().signal,
  );

describe("the machine's pip", () => {
  it("downloads the wheel of another Python for this platform", async () => {
    expect(await download(sha256)).toEqual([path.join(folder, WHEEL)]);
    expect(fs.readFileSync(path.join(folder, WHEEL)).equals(wheel)).toBe(true);
  });

  it("refuses a wheel whose hash is another", async () => {
    await expect(download("0".repeat(64))).rejects.toThrow("is not the file it should be");
  });

  it("fails where the download is cut", async () => {
    served = wheel.subarray(0, 100_000);
    await expect(download(sha256)).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(/^tensorflow_cpu==2\.21\.0 (could not be downloaded|is not the file)/),
    });
  });

  it("fails where nobody answers", async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(download(sha256)).rejects.toThrow("tensorflow_cpu==2.21.0 could not be downloaded");
  });
});
