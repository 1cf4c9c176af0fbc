import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

/**
 * SHA-256 of a file, in hexadecimal. Read through one buffer: a stream's would be collected late, and leave the process
 * 50 MB larger after a file of some hundred.
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(1 << 18);
    while (true) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
