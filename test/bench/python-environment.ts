/** The Python that has PyTorch: the one that is named, or a virtual environment of our own, made when it is not there. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../contracts/user-error";

/** `named`: path of a Python; undefined: the environment in `cache`. @throws UserError when it has no PyTorch of our release. */
export function findTorchPython(
  named: string | undefined,
  { cache, requirements }: { cache: string; requirements: string },
): string {
  const python = named ?? ownEnvironment(path.join(cache, "venv"), requirements);
  const wanted = fs.readFileSync(requirements, "utf8").match(/^torch==(.+)$/m)![1]!;
  const found = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" });
  const release = found.stdout?.trim().split("+")[0];
  if (release !== wanted)
    throw new UserError(
      "backend-unavailable",
      `${python} has ${release ? `PyTorch ${release}` : "no PyTorch"}, and ${wanted} is compared with.`,
      `Run it with --torch-python naming another, or without it: then PyTorch ${wanted} is installed.`,
    );
  return python;
}

function ownEnvironment(folder: string, requirements: string): string {
  const python =
    process.platform === "win32" ? path.join(folder, "Scripts/python.exe") : path.join(folder, "bin/python");
  if (fs.existsSync(path.join(folder, "complete"))) return python;
  console.log(
    `Installing PyTorch into ${folder} (once; on Linux some gigabytes, because it comes with CUDA) ...`,
  );
  const system = process.platform === "win32" ? "python" : "python3";
  run(system, ["-m", "venv", folder]);
  run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  fs.writeFileSync(path.join(folder, "complete"), "");
  return python;
}

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status === 0) return;
  throw new UserError(
    "backend-unavailable",
    `"${command} ${args.join(" ")}" failed.`,
    "PyTorch is needed for the comparison: install it by hand and name its Python by --torch-python.",
  );
}
