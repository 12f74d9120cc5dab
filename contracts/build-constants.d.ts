/** Absolute path of the folder that holds the bundles and the wasm files. Defined by esbuild (`__dirname`) and vitest. */
declare const __DIST__: string;

/** The product's version, from package.json. Defined by esbuild and vitest. */
declare const __VERSION__: string;
