import { userInfo } from "node:os";
import { parseArgs } from "node:util";
import { createAudit } from "../access/audit.ts";
import { createChannels } from "../access/channels.ts";
import { systemClock } from "../clock.ts";
import { dataFolderOf, plain } from "./setting.ts";

const usage = `vitrine channel add ID      a secret for a till, a website or an app, shown once; again for a new one
vitrine channel list        which there are
vitrine channel remove ID   its secret opens nothing any more, from its next request on`;

export async function run(args: string[]) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { data: { type: "string" } } });
  const [action, id = ""] = positionals;
  const dataFolder = dataFolderOf(values.data);
  const channels = createChannels(dataFolder, systemClock);
  if (action === "list") {
    const lines = (await channels.list()).map(
      ({ id, createdAt }) => `${id}  since ${new Date(createdAt).toISOString().slice(0, 10)}`,
    );
    return console.log(lines.length === 0 ? "No till or website has a secret yet." : lines.join("\n"));
  }
  if ((action !== "add" && action !== "remove") || id === "") throw plain(usage);
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/.test(id)) throw plain("An id has letters, digits, - and _, 32 at most.");
  const by = `command line, ${userInfo().username}`;
  const audit = createAudit({ dataFolder, clock: systemClock });
  if (action === "remove") {
    const removed = await channels.remove(id);
    if (removed) audit.note({ by, action: "channel.remove", subject: id, ok: true });
    console.log(removed ? `${id} can no longer ask anything.` : `There was no channel ${id}.`);
    return audit.flush();
  }
  const added = await channels.add(id);
  if (!added.ok) throw plain("There are 100 channels already. Remove one first: vitrine channel list shows them.");
  audit.note({ by, action: "channel.add", subject: id, ok: true });
  await audit.flush();
  console.log(`Secret  ${added.secret}`);
  console.log(`Send it with each request: Authorization: Bearer <secret>, or Basic with ${id} as the name.`);
  console.log("It is shown once. The gateway keeps only a hash of it. Use https wherever the network is not your own.");
}
