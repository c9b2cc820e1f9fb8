import { parseArgs } from "node:util";
import { createCredentials } from "../access/credentials.ts";
import { dataFolderOf, plain } from "./setting.ts";

export async function run(args: string[]) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { data: { type: "string" } } });
  const [action, id] = positionals;
  const credentials = createCredentials(dataFolderOf(values.data));
  if (action === "list") {
    const { devices } = await credentials.list();
    console.log(devices.length === 0 ? "No device has credentials yet." : devices.join("\n"));
  } else if (action === "add" && id) {
    const password = await credentials.addDevice(id);
    console.log(`Username  ${id}\nPassword  ${password}\nIt is shown once. The gateway keeps only a hash of it.`);
  } else if (action === "remove" && id) {
    console.log((await credentials.removeDevice(id)) ? `${id} can no longer sign in.` : `${id} had no credentials.`);
  } else {
    throw plain(
      "vitrine device add ID, vitrine device list, or vitrine device remove ID. Adding again gives a new password.",
    );
  }
}
