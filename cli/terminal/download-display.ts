/** Shows downloads from the Hub: a line that changes on a terminal, a line per repository elsewhere, or JSON lines. */
import type { DownloadMessage } from "../../contracts/download-protocol";
import { track } from "./bar";
import { LiveRegion } from "./live-region";
import { formatBytes, formatDuration } from "./numbers";
import type { Output } from "./output";

export interface DownloadDisplay {
  show(message: DownloadMessage): void;
  close(): void;
}

const TRACK_COLUMNS = 24;

/** Bytes come thousands of times a second; nobody reads more of it than this. */
const MILLISECONDS_BETWEEN = 200;

export function chooseDownloadDisplay(output: Output, json: boolean): DownloadDisplay {
  return seldom(
    json ? jsonLines(output) : output.terminal === null ? plainLines(output) : changingLine(output),
  );
}

function jsonLines(output: Output): DownloadDisplay {
  return { show: (message) => output.out(JSON.stringify(message)), close: () => {} };
}

function plainLines(output: Output): DownloadDisplay {
  let begun = "";
  return {
    show: (message) => {
      if (message.type === "note") return output.err(message.message);
      if (message.type === "failed") return reportFailure(message, output);
      if (message.type === "downloaded") return output.out(downloadedText(message));
      const { kind, repository, done, total } = message;
      if (begun !== `${kind} ${repository} ${total}` && done < total)
        output.out(`${repository}  ${formatBytes(total - done)} of ${formatBytes(total)} to fetch ...`);
      begun = `${kind} ${repository} ${total}`;
    },
    close: () => {},
  };
}

function changingLine(output: Output): DownloadDisplay {
  const region = new LiveRegion(output.terminal!);
  return {
    show: (message) => {
      if (message.type === "progress") return region.show([progressText(message)]);
      region.show([]);
      if (message.type === "downloaded") return region.print(downloadedText(message));
      if (message.type === "note") return region.print(message.message);
      reportFailure(message, output);
    },
    close: () => {
      region.show([]);
      region.close();
    },
  };
}

/** Of progress what is newest, now and then; everything else at once, and after it. */
function seldom({ show, close }: DownloadDisplay): DownloadDisplay {
  let newest: DownloadMessage | null = null;
  let pause: NodeJS.Timeout | null = null;
  const showNewest = () => {
    pause = null;
    if (newest === null) return;
    show(newest);
    newest = null;
    pause = setTimeout(showNewest, MILLISECONDS_BETWEEN);
  };
  const flush = () => {
    if (pause !== null) clearTimeout(pause);
    showNewest();
    if (pause !== null) clearTimeout(pause);
    pause = null;
  };
  return {
    show: (message) => {
      if (message.type === "progress") {
        newest = message;
        if (pause === null) showNewest();
      } else {
        flush();
        show(message);
      }
    },
    close: () => {
      flush();
      close();
    },
  };
}

type Message<Type> = Extract<DownloadMessage, { type: Type }>;

/** `Qwen/Qwen1.5-0.5B  ━━━━━────  0.4 GiB of 1.2 GiB, 12s left  model.safetensors`. */
export function progressText({ repository, file, done, total, secondsLeft }: Message<"progress">): string {
  const left = secondsLeft === null || done === total ? "" : `, ${formatDuration(secondsLeft)} left`;
  const share = total === 0 ? 1 : done / total;
  return `${repository}  ${track(share, TRACK_COLUMNS)}  ${formatBytes(done)} of ${formatBytes(total)}${left}  ${file}`;
}

function downloadedText({ repository, revision, commit, paths }: Message<"downloaded">): string {
  const at = revision === commit ? commit.slice(0, 8) : `${revision} (${commit.slice(0, 8)})`;
  const [first, ...others] = paths;
  const more =
    others.length === 0 ? "" : ` and ${others.length} more ${others.length === 1 ? "file" : "files"}`;
  return `${repository} at ${at} is in ${first}${more}`;
}

function reportFailure({ message, advice }: Message<"failed">, output: Output): void {
  output.err(`${output.errStyle.bad("error:")} ${message}`);
  if (advice !== "") output.err(advice);
}
