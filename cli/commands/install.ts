import * as path from "node:path";
import { Argument, Command } from "commander";
import { UserError } from "../../contracts/user-error";
import { exitCodes } from "../exit-code";
import { chooseInstallDisplay } from "../terminal/install-display";
import type { MakeCommand } from "./command";

interface InstallOptions {
  gpu?: true;
  into?: string;
  wheel?: string;
  json?: true;
}

export const installCommand: MakeCommand = (output, done) =>
  new Command("install")
    .description(
      "native TensorFlow for the backends tensorflow and tensorflow-gpu: downloads it and builds its addon",
    )
    .addArgument(new Argument("<what>", "what to install").choices(["tensorflow"]))
    .option("--gpu", "with CUDA, for NVIDIA GPUs (some 3 GiB to download)")
    .option("--into <folder>", "where it goes (default: your folder for program data)")
    .option("--wheel <file>", "a wheel of TensorFlow that you have downloaded")
    .option("--json", "progress and result as JSON lines")
    .action(async (_what: string, options: InstallOptions) => {
      const { installTensorflow } = await import(
        "../../training-host/tensor/tensorflow/install/install-tensorflow"
      );
      const { userFolder } = await import("../../training-host/tensor/tensorflow/installation");
      const display = chooseInstallDisplay(output, options.json === true);
      const cancellation = new AbortController();
      const cancel = () => cancellation.abort();
      process.once("SIGINT", cancel).once("SIGTERM", cancel);
      try {
        const installed = await installTensorflow({
          variant: options.gpu ? "gpu" : "cpu",
          into: path.resolve(options.into ?? userFolder()),
          wheel: options.wheel === undefined ? null : path.resolve(options.wheel),
          report: (progress) => display.show({ type: "progress", ...progress }),
          signal: cancellation.signal,
        });
        display.show({ type: "installed", ...installed });
        done(exitCodes.done);
      } catch (error) {
        if (!(options.json && error instanceof UserError)) throw error;
        display.show({ type: "failed", message: error.message, advice: error.advice });
        done(error.reason === "cancelled" ? exitCodes.cancelled : exitCodes.failed);
      } finally {
        display.close();
        process.off("SIGINT", cancel).off("SIGTERM", cancel);
      }
    });
