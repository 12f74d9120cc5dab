/**
 * Run folders out of what VS Code passes to a command: a node of the run tree and the other selected nodes (context menu),
 * a folder or a list of them (our own links and items); anything else, like the resource of an editor title, names no run.
 */
export function runFoldersOf(first: unknown, second?: unknown): string[] {
  const several = Array.isArray(second) ? second : Array.isArray(first) ? first : [first];
  return [...new Set(several.flatMap(foldersOfOne))];
}

function foldersOfOne(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (typeof value !== "object" || value === null || !("kind" in value)) return [];
  if (value.kind === "run" && "run" in value) return folderOf(value.run);
  if (value.kind === "experiment" && "runs" in value && Array.isArray(value.runs)) {
    return value.runs.flatMap(foldersOfOne);
  }
  return [];
}

function folderOf(run: unknown): string[] {
  if (typeof run !== "object" || run === null || !("folder" in run)) return [];
  return typeof run.folder === "string" ? [run.folder] : [];
}
