/** SwiGLU (Shazeer 2020): y = silu(gate) * up with silu(z) = z sigmoid(z), elementwise. */
import { fma } from "./fma";
import { sigmoid1, sigmoid4 } from "./sigmoid";

export function swigluForward(gate: usize, up: usize, y: usize, count: i32): void {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  let at = 0;
  for (; at < whole; at += 16) {
    const z = v128.load(gate + at);
    v128.store(y + at, f32x4.mul(f32x4.mul(z, sigmoid4(z)), v128.load(up + at)));
  }
  for (; at < end; at += 4) {
    const z = load<f32>(gate + at);
    store<f32>(y + at, z * sigmoid1(z) * load<f32>(up + at));
  }
}

/** With s = sigmoid(z): dUp = dy z s, dGate = dy up (s + z s (1 - s)). */
export function swigluBackward(dy: usize, gate: usize, up: usize, dGate: usize, dUp: usize, count: i32): void {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  const one = f32x4.splat(1);
  let at = 0;
  for (; at < whole; at += 16) {
    const z = v128.load(gate + at);
    const d = v128.load(dy + at);
    const s = sigmoid4(z);
    const silu = f32x4.mul(z, s);
    const slope = fma(silu, f32x4.sub(one, s), s);
    v128.store(dUp + at, f32x4.mul(d, silu));
    v128.store(dGate + at, f32x4.mul(f32x4.mul(d, v128.load(up + at)), slope));
  }
  for (; at < end; at += 4) {
    const z = load<f32>(gate + at);
    const d = load<f32>(dy + at);
    const s = sigmoid1(z);
    store<f32>(dUp + at, d * z * s);
    store<f32>(dGate + at, d * load<f32>(up + at) * (s + z * s * (1 - s)));
  }
}
