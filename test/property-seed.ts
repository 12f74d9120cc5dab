/**
 * Property tests draw the same examples at every run, so that a change is judged by what it changed. `MOS_SEED=7` draws others,
 * `MOS_SEED=random` new ones each time.
 */
import * as fc from "fast-check";

const wanted = process.env.MOS_SEED ?? "20240611";
if (wanted !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
