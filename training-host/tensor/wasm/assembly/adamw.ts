/** One AdamW step (Loshchilov & Hutter 2019, algorithm 2) on one parameter, in place. */
import { fma } from "./fma";

/**
 * With g = gradientScale * gradient: m = beta1 m + oneMinusBeta1 g, v = beta2 v + oneMinusBeta2 g^2,
 * parameter = decay * parameter - stepSize * m / (sqrt(v * secondCorrection) + epsilon).
 * 1 - beta comes from the caller in float64: 1 - 0.999 in float32 is wrong in the fifth digit.
 */
export function adamw(
  parameter: usize, gradient: usize, firstMoment: usize, secondMoment: usize, count: i32,
  gradientScale: f32, beta1: f32, oneMinusBeta1: f32, beta2: f32, oneMinusBeta2: f32,
  stepSize: f32, secondCorrection: f32, epsilon: f32, decay: f32,
): void {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  const scales = f32x4.splat(gradientScale);
  const betas1 = f32x4.splat(beta1);
  const rests1 = f32x4.splat(oneMinusBeta1);
  const betas2 = f32x4.splat(beta2);
  const rests2 = f32x4.splat(oneMinusBeta2);
  const steps = f32x4.splat(stepSize);
  const corrections = f32x4.splat(secondCorrection);
  const epsilons = f32x4.splat(epsilon);
  const decays = f32x4.splat(decay);
  let at = 0;
  for (; at < whole; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), scales);
    const m = fma(v128.load(firstMoment + at), betas1, f32x4.mul(g, rests1));
    const v = fma(v128.load(secondMoment + at), betas2, f32x4.mul(f32x4.mul(g, g), rests2));
    const deviation = f32x4.add(f32x4.sqrt(f32x4.mul(v, corrections)), epsilons);
    const change = f32x4.div(f32x4.mul(m, steps), deviation);
    v128.store(firstMoment + at, m);
    v128.store(secondMoment + at, v);
    v128.store(parameter + at, f32x4.sub(f32x4.mul(v128.load(parameter + at), decays), change));
  }
  for (; at < end; at += 4) {
    const g = load<f32>(gradient + at) * gradientScale;
    const m = load<f32>(firstMoment + at) * beta1 + g * oneMinusBeta1;
    const v = load<f32>(secondMoment + at) * beta2 + g * g * oneMinusBeta2;
    const change = (m * stepSize) / (Mathf.sqrt(v * secondCorrection) + epsilon);
    store<f32>(firstMoment + at, m);
    store<f32>(secondMoment + at, v);
    store<f32>(parameter + at, load<f32>(parameter + at) * decay - change);
  }
}
