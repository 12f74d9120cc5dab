import type { Browser } from "playwright-core";

export function startBrowser(options?: { viewport?: { width: number; height: number } }): Promise<Browser>;
