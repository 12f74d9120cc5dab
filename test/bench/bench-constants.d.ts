/** The repository's root; run.mjs puts it in. */
declare const __ROOT__: string;
