/** esbuild collects the stylesheets that a panel imports into the file beside its bundle. */
declare module "*.css";
