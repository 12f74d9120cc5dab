/** The part of the WebAssembly JavaScript API that is used here: @types/node 20 leaves it to TypeScript's DOM library. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;

  class Memory {
    readonly buffer: ArrayBuffer;
  }

  class Module {
    constructor(bytes: Uint8Array);
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  function validate(bytes: Uint8Array): boolean;

  let instantiate: (bytes: Uint8Array, imports?: Imports) => Promise<{ instance: Instance; module: Module }>;
}
