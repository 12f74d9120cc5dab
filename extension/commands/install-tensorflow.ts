import * as vscode from "vscode";
import type { InstallMessage } from "../../contracts/install-protocol";
import type { Services } from "../services";
import { installProgressText } from "./install-progress-text";
import { runInstaller } from "./run-installer";

type Variant = "cpu" | "gpu";

const choices: readonly (vscode.QuickPickItem & { variant: Variant })[] = [
  {
    variant: "cpu",
    label: "$(chip) For the CPU",
    detail: "Backend tensorflow. Downloads some 260 MiB, takes 0.8 GiB of disk.",
  },
  {
    variant: "gpu",
    label: "$(zap) For NVIDIA GPUs, with CUDA",
    detail: "Backend tensorflow-gpu, on Linux. Downloads some 3.2 GiB, takes 5.3 GiB of disk.",
  },
];

/**
 * Installs TensorFlow's own library into the extension's storage, where the runs that this extension starts look for it.
 * @param variant "cpu" or "gpu"; else the user picks one.
 */
export async function installTensorflow(services: Services, variant?: unknown): Promise<void> {
  const chosen = variant === "cpu" || variant === "gpu" ? variant : await pickVariant();
  if (!chosen) return;
  const { executable, environment } = services.runtime();
  const gpu = chosen === "gpu" ? ["--gpu"] : [];
  const installed = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: "Installing native TensorFlow",
      cancellable: true,
    },
    (progress, token) => {
      const cancellation = new AbortController();
      token.onCancellationRequested(() => cancellation.abort());
      return runInstaller({
        executable,
        args: [
          ...[services.bundle("mos.js"), "install", "tensorflow", "--json"],
          // Where the runs look first: the extension's storage, unless the user's environment names another folder.
          ...["--into", environment.MOS_TENSORFLOW ?? services.tensorflowFolder, ...gpu],
        ],
        environment,
        onProgress: (message) => progress.report({ message: installProgressText(message) }),
        signal: cancellation.signal,
      });
    },
  );
  if (installed === null) return;
  services.log.info(`TensorFlow ${installed.tensorflow} was installed in ${installed.folder}.`);
  void vscode.window.showInformationMessage(successSentence(installed));
}

async function pickVariant(): Promise<Variant | undefined> {
  const picked = await vscode.window.showQuickPick(choices, {
    title: "Install Native TensorFlow",
    placeHolder: "Which library? A C++ compiler, Python with pip, and npm are needed.",
  });
  return picked?.variant;
}

function successSentence({
  variant,
  tensorflow,
  gpu,
}: Extract<InstallMessage, { type: "installed" }>): string {
  const installed = `TensorFlow ${tensorflow} is installed`;
  if (variant === "cpu") return `${installed}: \`launch local backend=tensorflow\` uses it.`;
  if (gpu) return `${installed}, and found the GPU: \`launch local backend=tensorflow-gpu\` uses it.`;
  return `${installed}, but it finds no GPU on this machine.`;
}
