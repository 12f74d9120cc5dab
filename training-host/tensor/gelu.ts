/** The constants of gelu's tanh form (Hendrycks & Gimpel 2016): z sigmoid(ANGLE_SCALE (z + CUBIC_SHARE z^3)). */

export const CUBIC_SHARE = 0.044715;

/** 2 sqrt(2 / pi) */
export const ANGLE_SCALE = 2 * Math.sqrt(2 / Math.PI);
