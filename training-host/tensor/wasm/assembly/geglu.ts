/**
 * GEGLU (Shazeer 2020): y = gelu(gate) * up, elementwise, with gelu's tanh form: gelu(z) = z sigmoid(u(z)),
 * u(z) = ANGLE_SCALE (z + CUBIC_SHARE z^3). The constants are those of tensor/gelu.ts.
 */
import { fma } from "./fma";
import { sigmoid1, sigmoid4 } from "./sigmoid";

const CUBIC_SHARE: f32 = 0.044715;
/** 2 sqrt(2 / pi) */
const ANGLE_SCALE: f32 = 1.5957691216057308;

export function gegluForward(gate: usize, up: usize, y: usize, count: i32): void {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  let at = 0;
  for (; at < whole; at += 16) {
    const z = v128.load(gate + at);
    v128.store(y + at, f32x4.mul(f32x4.mul(z, sigmoid4(angle4(z))), v128.load(up + at)));
  }
  for (; at < end; at += 4) {
    const z = load<f32>(gate + at);
    store<f32>(y + at, z * sigmoid1(angle1(z)) * load<f32>(up + at));
  }
}

/** With s = sigmoid(u(z)): dUp = dy z s, dGate = dy up (s + z s (1 - s) u'(z)). */
export function gegluBackward(dy: usize, gate: usize, up: usize, dGate: usize, dUp: usize, count: i32): void {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  const one = f32x4.splat(1);
  let at = 0;
  for (; at < whole; at += 16) {
    const z = v128.load(gate + at);
    const d = v128.load(dy + at);
    const s = sigmoid4(angle4(z));
    const gelu = f32x4.mul(z, s);
    const slope = fma(f32x4.mul(gelu, f32x4.sub(one, s)), angleSlope4(z), s);
    v128.store(dUp + at, f32x4.mul(d, gelu));
    v128.store(dGate + at, f32x4.mul(f32x4.mul(d, v128.load(up + at)), slope));
  }
  for (; at < end; at += 4) {
    const z = load<f32>(gate + at);
    const d = load<f32>(dy + at);
    const s = sigmoid1(angle1(z));
    store<f32>(dUp + at, d * z * s);
    store<f32>(dGate + at, d * load<f32>(up + at) * (s + z * s * (1 - s) * angleSlope1(z)));
  }
}

/** u(z) = z (ANGLE_SCALE + ANGLE_SCALE CUBIC_SHARE z^2) */
// @ts-ignore: decorator
@inline
function angle4(z: v128): v128 {
  const cubic = f32x4.splat(ANGLE_SCALE * CUBIC_SHARE);
  return f32x4.mul(z, fma(f32x4.mul(z, z), cubic, f32x4.splat(ANGLE_SCALE)));
}

// @ts-ignore: decorator
@inline
function angle1(z: f32): f32 {
  return z * (ANGLE_SCALE + ANGLE_SCALE * CUBIC_SHARE * (z * z));
}

/** u'(z) */
// @ts-ignore: decorator
@inline
function angleSlope4(z: v128): v128 {
  const cubic = f32x4.splat(3 * ANGLE_SCALE * CUBIC_SHARE);
  return fma(f32x4.mul(z, z), cubic, f32x4.splat(ANGLE_SCALE));
}

// @ts-ignore: decorator
@inline
function angleSlope1(z: f32): f32 {
  return ANGLE_SCALE + 3 * ANGLE_SCALE * CUBIC_SHARE * (z * z);
}
