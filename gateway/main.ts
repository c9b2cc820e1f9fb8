import { flushCompileCache } from "node:module";
import { findCommand, overview } from "./commands/commands.ts";

// The command line. Each command is one file in commands/.
const [name = "help", ...args] = process.argv.slice(2);
const command = findCommand(name);

if (!command) {
  const isHelp = ["help", "--help", "-h"].includes(name);
  if (!isHelp) console.error(`vitrine: there is no command "${name}".\n`);
  (isHelp ? console.log : console.error)(overview());
  process.exitCode = isHelp ? 0 : 1;
} else if (args.includes("--help")) {
  console.log(`vitrine ${command.name} ${command.usage}\n  ${command.summary}`);
} else {
  process.on("uncaughtException", stop);
  process.on("unhandledRejection", stop);
  const { run } = await command.load();
  await run(args).catch(stop);
  // a server goes on from here; however it ends, the next start finds what this one compiled
  flushCompileCache();
}

/** A bug, or something that nobody could mend while running: say it and go; whoever started us starts us again. */
function stop(error: unknown) {
  const isPlain = error instanceof Error && error.name === "Plain";
  if (isMisspelt(error) && command) console.error(`${error.message}\nvitrine ${command.name} ${command.usage}`);
  else console.error(isPlain ? error.message : error);
  process.exit(1);
}

/** An option that `parseArgs` does not know or that lacks its value. */
function isMisspelt(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
