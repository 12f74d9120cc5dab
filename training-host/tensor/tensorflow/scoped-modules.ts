/** Loads CommonJS files from a folder whose packages we provide ourselves. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as vm from "node:vm";

type Exports = Record<string, unknown>;

/**
 * A `require` for the files of `folder`, by paths relative to it. What they require by a bare name, or by the path of a
 * file that is in `provided` ("./proto/api_pb", relative to `folder`), is taken from there. So a package can be made to
 * work on our copy of its peer, while Node's module cache, which other code shares, is left alone.
 *
 * The returned function throws an Error that names the file when something is required that is not there.
 */
export function scopedRequire(
  folder: string,
  provided: Readonly<Record<string, unknown>>,
): (name: string) => Exports {
  const loaded = new Map<string, { exports: Exports }>();
  const nameOf = (file: string) => `./${path.relative(folder, file).replaceAll(path.sep, "/")}`;

  const load = (file: string): Exports => {
    const known = loaded.get(file);
    if (known) return known.exports;
    const module = { exports: {} as Exports };
    // Before the file runs: two files may require each other.
    loaded.set(file, module);
    compile(file).call(module.exports, module.exports, requireFrom(file), module);
    return module.exports;
  };

  const requireFrom = (file: string) => (specifier: string) => {
    const relative = specifier.startsWith(".");
    const target = path.resolve(path.dirname(file), specifier);
    const name = relative ? nameOf(target) : specifier;
    if (Object.hasOwn(provided, name)) return provided[name];
    if (!relative) throw new Error(`${file} requires "${specifier}", which is not provided`);
    return load(target.endsWith(".js") ? target : `${target}.js`);
  };

  return (name) => load(path.resolve(folder, name));
}

function compile(file: string): (...values: unknown[]) => void {
  const source = fs.readFileSync(file, "utf8");
  return vm.compileFunction(source, ["exports", "require", "module"], { filename: file }) as () => void;
}
