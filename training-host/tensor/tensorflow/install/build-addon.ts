/** Compiles the addon of tfjs-node from its source, against TensorFlow's headers and libraries. */
import * as path from "node:path";
import { ADDON_FILE, PACKAGE_FOLDER } from "../installation";
import { noCompiler, notCompiled } from "./failures";
import { lastLine, runTool } from "./run-tool";

/** The package's binding.gyp says 3 to 8; 8 is in every Node that we run on. */
const NODE_API_VERSION = 8;

export interface AddonSource {
  /** Gets the addon; holds the package and `tensorflow/`. */
  folder: string;
  /** Of the package node-api-headers. */
  nodeHeaders: string;
  /** File names in `tensorflow/`. */
  libraries: readonly string[];
}

/** Returns the compiler's name and version. @throws UserError when there is none, or with what it says. */
export async function buildAddon(source: AddonSource, signal: AbortSignal): Promise<string> {
  const { program, version } = await findCompiler(signal);
  const result = await runTool(program, compilerArguments(source, process.platform), {
    cwd: source.folder,
    signal,
  });
  if (!result.started) throw noCompiler([program]);
  if (result.code !== 0) throw notCompiled(version, firstError(result.stderr));
  return version;
}

export function compilerArguments(
  { nodeHeaders, libraries }: AddonSource,
  platform: NodeJS.Platform,
): string[] {
  const mac = platform === "darwin";
  const binding = path.join(PACKAGE_FOLDER, "binding");
  return [
    ...["-std=c++17", "-O2", "-fPIC", `-DNAPI_VERSION=${NODE_API_VERSION}`],
    // On macOS Node's own functions are found only when the addon is loaded.
    ...(mac ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"]),
    ...["-I", path.join(nodeHeaders, "include"), "-I", path.join("tensorflow", "include")],
    ...["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => path.join(binding, file)),
    ...libraries.map((library) => path.join("tensorflow", library)),
    // Where the addon looks for the libraries: beside itself, wherever the folder is moved to.
    `-Wl,-rpath,${mac ? "@loader_path" : "$ORIGIN"}/tensorflow`,
    ...["-o", ADDON_FILE],
  ];
}

async function findCompiler(signal: AbortSignal): Promise<{ program: string; version: string }> {
  const programs = process.env.CXX ? [process.env.CXX] : ["c++", "g++", "clang++"];
  for (const program of programs) {
    const result = await runTool(program, ["--version"], { signal });
    if (result.started && result.code === 0)
      return { program, version: result.stdout.split("\n", 1)[0]!.trim() };
  }
  throw noCompiler(programs);
}

function firstError(output: string): string {
  const line = output.split("\n").find((text) => /\berror\b/i.test(text)) ?? lastLine(output);
  return line.trim().replace(/\.$/, "");
}
