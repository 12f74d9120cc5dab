/** How far a download has come. */
export interface DownloadState {
  kind: "model" | "dataset";
  repository: string;
  /** The file that bytes last came for. */
  file: string;
  /** Bytes, of all the files of the repository that are wanted; what was there before counts as done. */
  done: number;
  total: number;
  /** null while unknown. */
  secondsLeft: number | null;
}

export interface DownloadProgress {
  show(state: DownloadState): void;
  /** A sentence for the log: a connection that was cut, a cache that is used for want of a network. */
  note(sentence: string): void;
}

/** Bytes that came within this many seconds tell the speed; they are added up in pieces of time, not one by one. */
const WINDOW_SECONDS = 10;
const PIECE_SECONDS = 0.25;

/** Adds up the bytes of several files that come at the same time, and tells how long the rest will take. */
export class DownloadMeter {
  private done = 0;
  private readonly recent: { time: number; bytes: number }[] = [];

  /** `now`: seconds. */
  constructor(
    private readonly of: Pick<DownloadState, "kind" | "repository">,
    private readonly total: number,
    private readonly progress: DownloadProgress,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  /** Bytes that need not be fetched. */
  had(file: string, bytes: number): void {
    this.done += bytes;
    this.show(file);
  }

  /** Negative when bytes turned out to be worth nothing. */
  came(file: string, bytes: number): void {
    this.done += bytes;
    const time = this.now();
    const last = this.recent.at(-1);
    if (last && time - last.time < PIECE_SECONDS) last.bytes += bytes;
    else this.recent.push({ time, bytes });
    while (this.recent.length > 2 && this.recent[0]!.time < time - WINDOW_SECONDS) this.recent.shift();
    this.show(file);
  }

  note(sentence: string): void {
    this.progress.note(sentence);
  }

  private show(file: string): void {
    const { done, total } = this;
    this.progress.show({ ...this.of, file, done, total, secondsLeft: this.secondsLeft() });
  }

  private secondsLeft(): number | null {
    const [first, ...later] = this.recent;
    const seconds = first ? this.now() - first.time : 0;
    const bytes = later.reduce((sum, piece) => sum + piece.bytes, 0);
    return seconds > 0 && bytes > 0 ? ((this.total - this.done) * seconds) / bytes : null;
  }
}
