/** e^x on four lanes, relative error about 1e-7: range reduction and polynomial of the Cephes library (Moshier). */
import { fma } from "./fma";

/** 1.5 * 2^23: a float plus this has its nearest integer in the lowest bits. */
const ROUNDER: f32 = 12582912;

// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // Up to here the result is a normal float. (pmin and pmax are one instruction each; min and max are many.)
  return expBelow88(f32x4.pmin(x, f32x4.splat(88.0)));
}

/** The same for x that are not above 0. */
// @ts-ignore: decorator
@inline
export function expNotPositive4(x: v128): v128 {
  return expBelow88(x);
}

// @ts-ignore: decorator
@inline
function expBelow88(x: v128): v128 {
  x = f32x4.pmax(x, f32x4.splat(-87.3));
  const rounded = fma(x, f32x4.splat(1.44269504088896341), f32x4.splat(ROUNDER)); // x / ln 2
  const n = f32x4.sub(rounded, f32x4.splat(ROUNDER));
  // r = x - n ln 2, with ln 2 in two parts for exactness
  let r = fma(n, f32x4.splat(-0.693359375), x);
  r = fma(n, f32x4.splat(2.12194440e-4), r);
  let p = f32x4.splat(1.9875691500e-4);
  p = fma(p, r, f32x4.splat(1.3981999507e-3));
  p = fma(p, r, f32x4.splat(8.3334519073e-3));
  p = fma(p, r, f32x4.splat(4.1665795894e-2));
  p = fma(p, r, f32x4.splat(1.6666665459e-1));
  p = fma(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(fma(p, f32x4.mul(r, r), r), f32x4.splat(1));
  // The shift leaves n + 127 in the exponent's place and drops the rounder's bits.
  const powerOfTwo = i32x4.shl(i32x4.add(rounded, i32x4.splat(127)), 23);
  return f32x4.mul(p, powerOfTwo);
}

// @ts-ignore: decorator
@inline
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}
