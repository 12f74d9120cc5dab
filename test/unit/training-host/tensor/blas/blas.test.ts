/** Which libraries are taken for a fast BLAS, and what is said of the others. The libraries are small ones, compiled here. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { UserError } from "../../../../../contracts/user-error";
import { type Blas, openBlas } from "../../../../../training-host/tensor/blas/blas";
import { candidateLibraries } from "../../../../../training-host/tensor/blas/candidate-libraries";
import { coreTypeFor, processorFlags } from "../../../../../training-host/tensor/blas/processor";
import { availableBlas, NEEDS_BLAS } from "../available-blas";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-blas-"));
const hasCompiler = spawnSync("cc", ["--version"]).status === 0;
const before = { ...process.env };

afterEach(() => {
  for (const name of ["MOS_BLAS", "OPENBLAS_CORETYPE"])
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** What OpenBLAS tells of itself. */
const openBlasNamed = (config: string, core: string) => `
const char *openblas_get_config(void) { return "${config}"; }
const char *openblas_get_corename(void) { return "${core}"; }
void openblas_set_num_threads(int threads) {}
`;

/** A multiplication in three loops; `wrong` is added to every number. */
const sgemm = (integer: string, wrong: number, name = "cblas_sgemm") => `
void ${name}(int order, int ta, int tb, ${integer} M, ${integer} N, ${integer} K, float alpha,
             const float *A, ${integer} lda, const float *B, ${integer} ldb, float beta, float *C, ${integer} ldc) {
  for (${integer} i = 0; i < M; i++)
    for (${integer} j = 0; j < N; j++) {
      float sum = ${wrong};
      for (${integer} k = 0; k < K; k++)
        sum += (ta == 112 ? A[k * lda + i] : A[i * lda + k]) * (tb == 112 ? B[j * ldb + k] : B[k * ldb + j]);
      C[i * ldc + j] = alpha * sum + (beta == 0 ? 0 : beta * C[i * ldc + j]);
    }
}
`;

let libraries = 0;

function compile(source: string): string {
  const file = path.join(folder, `library-${libraries++}`);
  fs.writeFileSync(`${file}.c`, source);
  const { status, stderr } = spawnSync("cc", ["-O1", "-shared", "-fPIC", "-o", `${file}.so`, `${file}.c`]);
  if (status !== 0) throw new Error(stderr.toString());
  return `${file}.so`;
}

function openNamed(file: string): Blas {
  process.env.MOS_BLAS = file;
  return openBlas();
}

function failureOf(file: string): UserError {
  try {
    openNamed(file);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`${file} was taken`);
}

describe.skipIf(!hasCompiler)("a library that MOS_BLAS names (compiled here: needs cc)", () => {
  it("is taken when it is an OpenBLAS that multiplies correctly", () => {
    const blas = openNamed(compile(openBlasNamed("OpenBLAS 0.3.99 DYNAMIC_ARCH", "Zen") + sgemm("int", 0)));
    expect(blas.detail).toBe("OpenBLAS 0.3.99, Zen kernels");
  });

  it.each([
    ["with names like any other's", "cblas_sgemm", openBlasNamed("OpenBLAS 0.3.99 USE64BITINT", "Zen")],
    [
      "with names of their own",
      "cblas_sgemm64_",
      openBlasNamed("OpenBLAS 0.3.99 USE64BITINT", "Zen").replaceAll(/(openblas_\w+)/g, "$164_"),
    ],
  ])("is taken with 64-bit integers, too: %s", (_, name, self) => {
    const blas = openNamed(compile(self + sgemm("long long", 0, name)));
    const values = new Float32Array(64).fill(2);
    const address = blas.addressOf(values.buffer);
    blas.sgemm(false, false, 2, 3, 4, address, 4, address + 64, 3, 0, address + 128, 3);
    expect([...values.subarray(31, 39)]).toEqual([2, 16, 16, 16, 16, 16, 16, 2]);
  });

  it.each([
    [
      "multiplies incorrectly",
      openBlasNamed("OpenBLAS 0.3.99", "Zen") + sgemm("int", 1),
      /multiplies incorrectly/,
    ],
    ["has no multiplication", openBlasNamed("OpenBLAS 0.3.99", "Zen"), /has no function cblas_sgemm/],
    ["is the reference BLAS", sgemm("int", 0), /is none of OpenBLAS, MKL and Accelerate/],
    [
      "has only kernels of the distant past",
      openBlasNamed("OpenBLAS 0.3.99", "Prescott") + sgemm("int", 0),
      /has only Prescott kernels for this processor/,
    ],
  ])("is refused when it %s", (_, source, reason) => {
    const file = compile(source);
    const failure = failureOf(file);
    expect(failure.reason).toBe("backend-unavailable");
    expect(failure.message).toMatch(reason);
    expect(failure.message).toContain(file);
    expect(failure.message).not.toContain("\n");
  });
});

describe("openBlas", () => {
  it("refuses a file that is no library, and one that is not there", () => {
    const file = path.join(folder, "text.so");
    fs.writeFileSync(file, "not a library\n".repeat(100));
    for (const name of [file, path.join(folder, "nowhere.so")]) {
      const failure = failureOf(name);
      expect(failure.reason).toBe("backend-unavailable");
      expect(failure.message).toContain(`${name} cannot be loaded`);
      expect(failure.advice).toContain("MOS_BLAS");
    }
  });

  it.skipIf(!availableBlas())(`finds this machine's; ${NEEDS_BLAS}`, () => {
    expect(openBlas().detail).toMatch(/^(OpenBLAS \d|Intel.*Math Kernel|Accelerate)/);
  });
});

describe("where libraries are looked for", () => {
  it("is one place when MOS_BLAS names it", () => {
    const environment = { MOS_BLAS: "/a/b.so", CONDA_PREFIX: "/conda" };
    expect(candidateLibraries({ platform: "linux", environment })).toEqual(["/a/b.so"]);
  });

  it("is where the system, conda, Homebrew and Intel put them", () => {
    const environment = { CONDA_PREFIX: "/conda", HOMEBREW_PREFIX: "/brew", MKLROOT: "/mkl" };
    const linux = candidateLibraries({ platform: "linux", environment });
    expect(linux[0]).toBe("libopenblas.so.0");
    for (const file of [
      "/conda/lib/libopenblas.so.0",
      "/brew/opt/openblas/lib/libopenblas.so",
      "libmkl_rt.so.2",
      "/mkl/lib/libmkl_rt.so.2",
    ])
      expect(linux).toContain(file);
    const [first] = candidateLibraries({ platform: "darwin", environment: {} });
    expect(first).toBe("/System/Library/Frameworks/Accelerate.framework/Accelerate");
    expect(candidateLibraries({ platform: "win32", environment: {} })).toContain("libopenblas.dll");
  });
});

describe("the kernels that OpenBLAS is told to use on a processor that it does not know", () => {
  const avx512 = ["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"];
  it.each([
    ["SKYLAKEX", ["avx2", "fma", ...avx512]],
    ["HASWELL", ["avx2", "fma", "avx512f"]],
    [null, ["avx", "sse4_2"]],
  ])("%s", (core, flags) => {
    const file = path.join(folder, `cpuinfo-${core}`);
    const lines = ["processor\t: 0", `flags\t\t: fpu ${flags.join(" ")}`, "bugs\t\t:", ""];
    fs.writeFileSync(file, lines.join("\n"));
    expect(coreTypeFor(processorFlags(file))).toBe(core);
  });

  it("are its own choice where the processor's flags cannot be read", () => {
    expect(coreTypeFor(processorFlags(path.join(folder, "nowhere")))).toBe(null);
  });
});
