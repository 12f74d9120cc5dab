// SwiftShader, the software GPU that comes with Chromium, and Chromium's Vulkan loader: WebGPU without a GPU, for tests (Linux).
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const DRIVER = "libvk_swiftshader.so";
const LOADER = "libvulkan.so.1";

/**
 * The environment in which a new process finds SwiftShader and no other GPU; null when there is no Chromium. Writes the
 * driver's manifest into a temporary folder, which `remove` deletes.
 */
export function softwareAdapter() {
  const chromium = chromiumFolders().find((folder) => fs.existsSync(path.join(folder, DRIVER)));
  if (process.platform !== "linux" || !chromium) return null;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "software-adapter-"));
  const manifest = path.join(folder, "swiftshader.json");
  const icd = { library_path: path.join(chromium, DRIVER), api_version: "1.3.0" };
  fs.writeFileSync(manifest, JSON.stringify({ file_format_version: "1.0.0", ICD: icd }));
  // Linked, because Chromium's folder has more libraries, which must not replace the system's.
  const loader = path.join(chromium, LOADER);
  if (fs.existsSync(loader)) fs.symlinkSync(loader, path.join(folder, LOADER));
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(path.delimiter);
  return {
    environment: {
      ...process.env,
      LD_LIBRARY_PATH: libraries,
      VK_DRIVER_FILES: manifest,
      // The name that older loaders know.
      VK_ICD_FILENAMES: manifest,
      MOS_WEBGPU_ADAPTER: "SwiftShader",
    },
    remove: () => fs.rmSync(folder, { recursive: true }),
  };
}

/** Where Debian, Fedora and Google install it, and where a Chromium named by MOS_CHROMIUM or found in PATH lies. */
function chromiumFolders() {
  const programs = [process.env.MOS_CHROMIUM, ...["chromium", "chromium-browser", "google-chrome"].map(find)];
  return [
    ...programs.filter(Boolean).map((program) => path.dirname(fs.realpathSync(program))),
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium-browser",
    "/opt/google/chrome",
  ];
}

function find(program) {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}
