import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { createCredentials } from "../access/credentials.ts";
import { dataFolderOf, loadOrExit, plain } from "./setting.ts";

export async function run(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { data: { type: "string" }, config: { type: "string" }, engineer: { type: "boolean" } },
  });
  const [action, id] = positionals;
  const credentials = createCredentials(dataFolderOf(values.data));
  if (action === "list") {
    const { staff } = await credentials.list();
    console.log(staff.length === 0 ? "Nobody has a PIN yet." : staff.map((one) => `${one.id}  ${one.role}`).join("\n"));
  } else if (action === "add" && id) {
    const people = loadOrExit(values.config).config.staff;
    if (!people.some((person) => person.id === id)) {
      throw plain(`${id} is not in the configuration. People there: ${people.map((person) => person.id).join(", ")}`);
    }
    const pin = String(randomInt(10_000_000, 99_999_999));
    await credentials.setStaffPin(id, pin, values.engineer ? "engineer" : "staff");
    console.log(`${id} signs in with PIN ${pin}\nIt is shown once. The gateway keeps only a hash of it.`);
  } else {
    throw plain("vitrine staff add ID [--engineer], or vitrine staff list. Adding someone again gives a new PIN.");
  }
}
