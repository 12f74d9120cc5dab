/** Under this name `mos` introduces itself to training hosts. */
export const CLIENT_NAME = "mos";
