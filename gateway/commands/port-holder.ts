import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export type Holder = { pid: number; command: string };

/** Listening, as Linux numbers the states of TCP (include/net/tcp_states.h). */
const listening = "0A";

/**
 * Which program has a port of this computer open, by /proc (proc_net(5), proc_pid_fd(5)); undefined when nobody has, or when
 * it is somebody else's and we may not look.
 */
export function portHolder(protocol: "udp" | "tcp", port: number): Holder | undefined {
  const inodes = new Set([protocol, `${protocol}6`].flatMap((table) => inodesOf(table, port)));
  if (inodes.size === 0) return;
  for (const pid of numbersIn("/proc")) {
    for (const fd of numbersIn(`/proc/${pid}/fd`)) {
      const socket = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1];
      if (socket !== undefined && inodes.has(socket)) return { pid, command: read(`/proc/${pid}/comm`).trim() };
    }
  }
}

function inodesOf(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return read(`/proc/net/${table}`)
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && (table.startsWith("udp") || state === listening))
    .map((columns) => columns[9] ?? "");
}

/** Processes come and go while we look, and others' are closed to us: neither is an error. */
function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}
