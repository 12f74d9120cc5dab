/** Archives made by hand, from the formats' descriptions: nothing of the product writes any. */
import { crc32, deflateRawSync, gzipSync } from "node:zlib";

export interface ArchivedFile {
  name: string;
  content: string | Uint8Array;
  stored?: boolean;
  /** Instead of the right one. */
  crc?: number;
  mode?: number;
}

/** PKWARE's APPNOTE, 4.3: local headers with their content, the central directory, its end. */
export function makeZip(files: readonly ArchivedFile[]): Buffer {
  const contents: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored, crc, mode = 0o644 } of files) {
    const plain = Buffer.from(content);
    const packed = stored ? plain : deflateRawSync(plain);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(stored ? 0 : 8, 4);
    fields.writeUInt32LE(crc ?? crc32(plain), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(plain.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((0o100000 | mode) * 2 ** 16, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), fields, rest, Buffer.from(name)]),
    );
    contents.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...contents, central, Buffer.from("PK\x05\x06"), end]);
}

/** POSIX ustar, gzipped, as npm packs it. */
export function makeTarball(files: readonly ArchivedFile[]): Buffer {
  const blocks = files.flatMap(({ name, content }) => {
    const plain = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0", 100);
    header.write(`${plain.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("0", 156);
    header.write("ustar\x0000", 257);
    return [header, plain, Buffer.alloc((512 - (plain.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
