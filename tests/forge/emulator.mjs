// One GitHub of emulate, for one test process: a line of JSON on standard input makes it anew, the end of it ends it.
import { createInterface } from "node:readline";
import { createEmulator } from "emulate";

let emulator;
for await (const line of createInterface({ input: process.stdin })) {
  await emulator?.close();
  emulator = await createEmulator({ service: "github", hostname: "127.0.0.1", port: 0, ...JSON.parse(line) });
  console.log(emulator.url.split(":").at(-1));
}
await emulator?.close();
