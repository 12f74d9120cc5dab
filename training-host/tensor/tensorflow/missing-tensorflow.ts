/** What people are told about native TensorFlow when it is not there. */
import {
  type Finding,
  findInstallation,
  packageNames,
  search,
  searchPlaces,
  type Variant,
} from "./installation";

export interface TensorflowStatus {
  installed: boolean;
  /** Where it lies, or where it was looked for and why that was of no use. One sentence. */
  detail: string;
  /** What to do to have it; "" when it is installed. */
  advice: string;
}

/** Looks at files only: whether the library can be loaded shows only in a process of its own. */
export function whyTensorflowIsMissing(variant: Variant, places = searchPlaces()): TensorflowStatus {
  const findings = search(variant, places);
  const installation = findInstallation(findings);
  if (installation) return { installed: true, detail: `installed in ${installation.folder}`, advice: "" };
  return whyMissing(variant, findings);
}

export function whyMissing(variant: Variant, findings: readonly Finding[]): TensorflowStatus {
  const faults = findings.flatMap(({ place, fault }) => (fault === null ? [] : [`${place}: ${fault}`]));
  const detail =
    faults.length > 0
      ? `The native TensorFlow that is installed cannot be used (${faults.join("; ")}).`
      : `Native TensorFlow (${packageNames[variant]}) is not installed.`;
  const flag = variant === "gpu" ? " --gpu" : "";
  return {
    installed: false,
    detail,
    advice: `Run \`mos install tensorflow${flag}\`, or "Mixture of Skills: Install Native TensorFlow" in VS Code.`,
  };
}
