import { fork } from "node:child_process";
import { join } from "node:path";
import type { JobName, Jobs, Request, Response } from "./load-jobs.ts";

/** The load generator, in a process of its own so that it does not wait for the bench or for any server. */
export function startLoad() {
  const child = fork(join(import.meta.dirname, "load-process.ts"), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    // its own collections must not be taken for the gateway's delays
    execArgv: ["--max-semi-space-size=128", "--min-semi-space-size=64"],
  });
  const waiting = new Map<number, (response: Response) => void>();
  let nextId = 1;
  child.on("message", (response: Response) => {
    waiting.get(response.id)?.(response);
    waiting.delete(response.id);
  });
  child.on("exit", () => {
    for (const [id, answer] of waiting) answer({ id, error: "the load process stopped" });
  });

  return {
    run<Name extends JobName>(name: Name, ask: Jobs[Name]["ask"]): Promise<Jobs[Name]["answer"]> {
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, ({ answer, error }) => {
          // load-process.ts answers each name with its own type
          if (error === undefined) resolve(answer as Jobs[Name]["answer"]);
          else reject(new Error(`${name}: ${error}`));
        });
        child.send({ id, name, ask } as Request);
      });
    },
    close: () => void child.kill(),
  };
}

export type Load = ReturnType<typeof startLoad>;
