/** Which files a file's meaning depends on, and the reverse. */
export class ImportGraph {
  private readonly dependencies = new Map<string, ReadonlySet<string>>();

  /** `files`: all that were read for `path`, directly or through other imports. */
  set(path: string, files: Iterable<string>): void {
    this.dependencies.set(path, new Set(files));
  }

  delete(path: string): void {
    this.dependencies.delete(path);
  }

  /** Files to look at again when `path` changed, itself included. */
  dependentsOf(path: string): Set<string> {
    const dependents = new Set([path]);
    for (const [file, dependencies] of this.dependencies) if (dependencies.has(path)) dependents.add(file);
    return dependents;
  }
}
