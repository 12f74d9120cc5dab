import { biasOf, type ParameterShape } from "./decoder";

/** The parameters of a linear layer: its weight [out, in], and its bias [out] where it has one. */
export function linearShapes(
  weight: string,
  out: number,
  input: number,
  bias = false,
): [name: string, shape: ParameterShape][] {
  return [
    [weight, { shape: [out, input], initialization: "normal" }],
    ...(bias ? ([[biasOf(weight), { shape: [out], initialization: "zeros" }]] as const) : []),
  ] as [string, ParameterShape][];
}
