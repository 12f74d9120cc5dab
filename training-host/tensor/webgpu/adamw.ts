/** AdamW in three shaders per parameter, in place: stock operations would take a dozen, and a new tensor each. */
import type { Operations } from "../operations";
import { computeInto, type Shader } from "./program";

const firstMoment: Shader = {
  name: "firstMoment",
  inputs: ["gradient"],
  numbers: ["gradientScale", "beta", "rest"],
  code: `
    let scaled = uniforms.gradientScale * gradient[index];
    result[index] = uniforms.beta * result[index] + uniforms.rest * scaled;`,
};

const secondMoment: Shader = {
  name: "secondMoment",
  inputs: ["gradient"],
  numbers: ["gradientScale", "beta", "rest"],
  code: `
    let scaled = uniforms.gradientScale * gradient[index];
    result[index] = uniforms.beta * result[index] + uniforms.rest * scaled * scaled;`,
};

const weights: Shader = {
  name: "weights",
  inputs: ["first", "second"],
  numbers: ["decay", "stepSize", "secondCorrection", "epsilon"],
  code: `
    let deviation = sqrt(second[index] * uniforms.secondCorrection) + uniforms.epsilon;
    result[index] = uniforms.decay * result[index] - uniforms.stepSize * first[index] / deviation;`,
};

/** `rest` is 1 - beta, which a float would round badly for a beta near 1. */
export const adamw: Operations["adamw"] = (parameter, gradient, first, second, step) => {
  const threads = parameter.size;
  const { gradientScale, beta1, beta2 } = step;
  const inputs = [gradient];
  computeInto(first, firstMoment, { inputs, threads, numbers: [gradientScale, beta1, 1 - beta1] });
  computeInto(second, secondMoment, { inputs, threads, numbers: [gradientScale, beta2, 1 - beta2] });
  computeInto(parameter, weights, {
    inputs: [first, second],
    threads,
    numbers: [step.decay, step.stepSize, step.secondCorrection, step.epsilon],
  });
};
