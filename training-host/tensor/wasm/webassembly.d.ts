/** The part of the WebAssembly JavaScript API that is used here: @types/node 20 leaves it to TypeScript's DOM library. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;

  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: boolean });
    readonly buffer: SharedArrayBuffer;
    /** By pages of 64 KiB; throws RangeError where that cannot be had. */
    grow(pages: number): number;
  }

  class Module {
    constructor(bytes: Uint8Array);
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  function validate(bytes: Uint8Array): boolean;
}
