// One GitHub of emulate, for one test process: a line of JSON on standard input is an order, answered by a line; the end
// of it ends all. `begin` makes one anew and tells its port, `save` tells all that it holds, `restore` brings that back.
import { createInterface } from "node:readline";
import { createServer } from "node:net";
import { readFileSync, readdirSync } from "node:fs";
import { createEmulator } from "emulate";

// emulate can save and restore the state of others' services, and of its own keeps the store to itself. Its plugin is
// handed it at each seed.
const home = new URL(".", import.meta.resolve("emulate"));
const parts = readdirSync(home).filter((name) => /^dist-.*\.js$/.test(name));
const part = parts.find((name) => /^ {2}githubPlugin,$/m.test(readFileSync(new URL(name, home), "utf8")));
const { githubPlugin } = await import(new URL(part, home));
const { register, seed } = githubPlugin;
let store;
// `issues/comments` would never be reached: `issues/:issue_number` is asked first. Here it is asked last.
githubPlugin.register = (app, ...more) => {
  const { get } = app;
  const late = [];
  app.get = (path, handle) => (path.endsWith("/issues/:issue_number") ? late.push(handle) : get.call(app, path, handle));
  register.call(githubPlugin, app, ...more);
  app.get = get;
  for (const handle of late) app.get("/repos/:owner/:repo/issues/:issue_number", handle);
};
githubPlugin.seed = (given, ...more) => {
  store = given;
  return seed.call(githubPlugin, given, ...more);
};

// The emulator tells only the URL that it was given, not its port.
const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

// Between the two somebody else may take the port.
const started = async (options, tries) => {
  const port = await freePort();
  try {
    return [await createEmulator({ service: "github", hostname: "127.0.0.1", port, ...options }), port];
  } catch (error) {
    if (error.code !== "EADDRINUSE" || tries === 0) throw error;
    return started(options, tries - 1);
  }
};

let emulator;
const orders = {
  begin: async (options) => {
    let port;
    await emulator?.close();
    [emulator, port] = await started(options, 5);
    return port;
  },
  save: () => store.snapshot(),
  restore: (saved) => {
    store.restore(saved);
    return null;
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const [order, given] = JSON.parse(line);
  console.log(JSON.stringify(await orders[order](given)));
}
await emulator?.close();
