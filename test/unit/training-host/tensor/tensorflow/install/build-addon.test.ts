import { expect, test } from "vitest";
import { compilerArguments } from "../../../../../../training-host/tensor/tensorflow/install/build-addon";

const source = { folder: "/tmp/new", nodeHeaders: "headers", libraries: ["libtensorflow_cc.so.2"] };

test("the addon looks for its libraries beside itself, in the way of each system's loader", () => {
  expect(compilerArguments(source, "linux")).toContain("-Wl,-rpath,$ORIGIN/tensorflow");
  expect(compilerArguments(source, "darwin")).toContain("-Wl,-rpath,@loader_path/tensorflow");
});

test("on macOS the addon is a bundle that finds Node's functions when it is loaded", () => {
  const mac = compilerArguments(source, "darwin").join(" ");
  expect(mac).toContain("-bundle -undefined dynamic_lookup");
  expect(mac).not.toContain("-shared");
  expect(compilerArguments(source, "linux")).toContain("-shared");
});
