// One GitHub of emulate, for one test process: a line of JSON on standard input makes it anew, the end of it ends it.
import { createInterface } from "node:readline";
import { createServer } from "node:net";
import { createEmulator } from "emulate";

// The emulator tells only the URL that it was given, not its port.
const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

// Between the two somebody else may take the port.
const begin = async (options, tries) => {
  const port = await freePort();
  try {
    return [await createEmulator({ service: "github", hostname: "127.0.0.1", port, ...options }), port];
  } catch (error) {
    if (error.code !== "EADDRINUSE" || tries === 0) throw error;
    return begin(options, tries - 1);
  }
};

let emulator, port;
for await (const line of createInterface({ input: process.stdin })) {
  await emulator?.close();
  [emulator, port] = await begin(JSON.parse(line), 5);
  console.log(port);
}
await emulator?.close();
