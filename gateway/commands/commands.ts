type Loaded = { run(args: string[]): Promise<void> };
type Command = { name: string; usage: string; summary: string; load(): Promise<Loaded> };

/** Loaded only when asked for: `vitrine check` needs no broker. */
const commands: Command[] = [
  {
    name: "start",
    usage: "[--lan] [--config FILE] [--data FOLDER]",
    summary: "run the gateway of this shop",
    load: () => import("./start.ts"),
  },
  {
    name: "demo",
    usage: "[--seed N] [--scenario demo|quiet|saturday|mixed] [--no-video]",
    summary: "run the gateway with a simulated shop around it, on this computer only",
    load: () => import("./demo.ts"),
  },
  {
    name: "check",
    usage: "[--config FILE]",
    summary: "read the configuration and list every mistake",
    load: () => import("./check.ts"),
  },
  {
    name: "doctor",
    usage: "[--data FOLDER]",
    summary: "look at this machine and say what would not work",
    load: () => import("./doctor.ts"),
  },
  {
    name: "media-worker",
    usage: "[--offline FILE] | --pack FILE [--arch arm64]",
    summary: "get the video worker now, or from a file; make that file for a shop without internet",
    load: () => import("./media-worker.ts"),
  },
  {
    name: "probe",
    usage: "LINK [--seconds N]",
    summary: "watch a mirror's link like a friend and say how good the picture is",
    load: () => import("./probe.ts"),
  },
  {
    name: "record",
    usage: "FILE [--seconds N] [--url URL]",
    summary: "write everything that reaches a running gateway into a file",
    load: () => import("./record.ts"),
  },
  {
    name: "replay",
    usage: "FILE|- [--data FOLDER] [--keys FOLDER] [--stamped]",
    summary: "push a record through the pipeline on virtual time and print every event",
    load: () => import("./replay.ts"),
  },
  {
    name: "device",
    usage: "add ID [--kind KIND] [--format FORMAT] | cert ID | key ADDRESS | list | remove ID",
    summary: "what devices sign in with, and may say",
    load: () => import("./device.ts"),
  },
  {
    name: "staff",
    usage: "add | invite | list | passkeys | sign-out | remove ID",
    summary: "how the people who work here sign in",
    load: () => import("./staff.ts"),
  },
  {
    name: "channel",
    usage: "add ID | list | remove ID",
    summary: "what tills, websites and apps sign in with",
    load: () => import("./channel.ts"),
  },
  {
    name: "audit",
    usage: "[--last N] [--json]",
    summary: "who did what when, newest last",
    load: () => import("./audit.ts"),
  },
  {
    name: "firmware",
    usage: "keygen | trust | sign | add | list | rollout | halt | status",
    summary: "signed firmware, and bringing it to devices in stages",
    load: () => import("./firmware.ts"),
  },
  {
    name: "backup",
    usage: "FILE [--data FOLDER]",
    summary: "write the shop's memory, accounts and keys into one file",
    load: () => import("./backup.ts"),
  },
  {
    name: "restore",
    usage: "FILE [--data FOLDER]",
    summary: "put a backup back in place, while the gateway is stopped",
    load: () => import("./restore.ts"),
  },
  {
    name: "ble",
    usage: "--device ID [--broker URL]",
    summary: "listen to Bluetooth and publish what is heard, here or on another Pi",
    load: () => import("./ble.ts"),
  },
  {
    name: "sim",
    usage: "[--broker URL] [--seed N] [--speed N] | score [--seed N]",
    summary: "the simulated shop alone, against any broker; or how well its shelves are counted",
    load: () => import("./sim.ts"),
  },
];

export const findCommand = (name: string) => commands.find((command) => command.name === name);

export function overview(): string {
  const lines = commands.map(({ name, usage, summary }) => `  vitrine ${`${name} ${usage}`.padEnd(48)} ${summary}`);
  return [
    "Vitrine, the gateway of a shop.",
    "",
    ...lines,
    "",
    "Configuration: config/store.yaml, or --config FILE.",
  ].join("\n");
}
