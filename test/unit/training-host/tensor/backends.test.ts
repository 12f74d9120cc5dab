import * as fs from "node:fs";
import * as path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { openBackend } from "../../../../training-host/tensor/backends";

describe("openBackend", () => {
  it("opens our own kernels once", async () => {
    const backend = await openBackend("wasm");
    expect(backend.name).toBe("wasm");
    expect(tf.getBackend()).toBe("wasm");
    expect(await openBackend("wasm")).toBe(backend);
  });

  it("opens the cpu backend when it is asked for", async () => {
    expect((await openBackend("cpu")).name).toBe("cpu");
    expect(tf.getBackend()).toBe("cpu");
  });

  it("counts tensors", async () => {
    const backend = await openBackend("wasm");
    const before = backend.memory().tensors;
    const tensor = tf.zeros([3]);
    expect(backend.memory().tensors).toBe(before + 1);
    tensor.dispose();
  });
});

describe("the compiled kernels", () => {
  it.each(["kernels-relaxed.wasm", "kernels-simd.wasm"])(
    "have no data segment, which would overwrite the backend's memory: %s",
    (file) => {
      expect(sectionsOf(fs.readFileSync(path.join(__DIST__, "wasm", file)))).not.toContain(11);
    },
  );
});

/** Ids of a wasm module's sections: each is an id, a LEB128 length and that many bytes. */
function sectionsOf(module: Uint8Array): number[] {
  const sections: number[] = [];
  for (let at = 8; at < module.length; ) {
    sections.push(module[at++]!);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++]!;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += length;
  }
  return sections;
}
