/** Colours of the terminal, or none. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warning(text: string): string;
  bad(text: string): string;
  /** The colour of dataset number `index`, the same wherever it is shown. */
  dataset(index: number, text: string): string;
}

export const plainStyle: Style = {
  bold: (text) => text,
  dim: (text) => text,
  good: (text) => text,
  warning: (text) => text,
  bad: (text) => text,
  dataset: (_, text) => text,
};

/** Blue, yellow, magenta, cyan, green, red: the terminal's own theme decides how they look. */
const DATASET_COLOURS = [34, 33, 35, 36, 32, 31];

export const colourStyle: Style = {
  bold: (text) => sgr(1, 22, text),
  dim: (text) => sgr(2, 22, text),
  good: (text) => sgr(32, 39, text),
  warning: (text) => sgr(33, 39, text),
  bad: (text) => sgr(31, 39, text),
  dataset: (index, text) => sgr(DATASET_COLOURS[index % DATASET_COLOURS.length]!, 39, text),
};

/** Colour on a terminal that has it, unless NO_COLOR (https://no-color.org) says otherwise. */
export function chooseStyle(isTerminal: boolean, environment: NodeJS.ProcessEnv): Style {
  const { NO_COLOR, TERM } = environment;
  return isTerminal && !NO_COLOR && TERM !== "dumb" ? colourStyle : plainStyle;
}

function sgr(on: number, off: number, text: string): string {
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
