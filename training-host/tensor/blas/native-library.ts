/** A shared library of the system, and its C functions. */
import type { LibraryHandle } from "koffi";
import { loadKoffi } from "./koffi-addon";

type NativeFunction = (...values: unknown[]) => unknown;

export class NativeLibrary {
  private constructor(
    /** What it was found by: a path, or a name for the system's loader. */
    readonly file: string,
    private readonly handle: LibraryHandle,
  ) {}

  /** Throws when the system's loader cannot load `file`, or koffi cannot run here. */
  static load(file: string): NativeLibrary {
    const koffi = loadKoffi();
    try {
      return new NativeLibrary(file, koffi.load(file));
    } catch (error) {
      // The loader names a dependency that is missing, but not always the library itself.
      const reason = (error as Error).message.replace(/^Failed to load shared library: /, "");
      throw new Error(`${file} cannot be loaded (${reason})`, { cause: error });
    }
  }

  /** The function `name` with C types for its result and parameters; null when the library has none of that name. */
  find(name: string, result: string, parameters: string[]): NativeFunction | null {
    try {
      return this.handle.func(name, result, parameters);
    } catch {
      return null;
    }
  }

  /** Afterwards its functions must not be called. */
  unload(): void {
    this.handle.unload();
  }
}

/** Of a buffer's first byte in this process; shared buffers have one as well. */
export function addressOfBuffer(buffer: ArrayBufferLike): number {
  return Number(loadKoffi().address(new Uint8Array(buffer)));
}
