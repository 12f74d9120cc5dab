/** 1 / (1 + e^-x) */
import { exp1, exp4 } from "./exp";

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

// @ts-ignore: decorator
@inline
export function sigmoid1(x: f32): f32 {
  return 1 / (1 + exp1(-x));
}
