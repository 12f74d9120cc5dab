/**
 * a * b + c on four lanes. With RELAXED_SIMD it is one instruction where the processor has it, rounded once or twice as
 * the processor likes; without, it is rounded twice everywhere.
 */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  // RELAXED_SIMD is given to the compiler by scripts/build.mjs; the branch is decided at compile time.
  // @ts-ignore: no declaration
  return RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}
