import type { FastifyReply } from "fastify";
import type { Command, CommandValue } from "#wire/commands.ts";
import type { Commander } from "../ports.ts";
import { sendProblem } from "../problem.ts";

type Answer<C extends Command> = (value: CommandValue<C["command"]>) => { status: number; body?: unknown };

/** Runs a command and answers only once its events are on disk, or with the room's own problem. */
export async function runCommand<C extends Command>(
  commander: Commander,
  reply: FastifyReply,
  command: C,
  answer: Answer<C>,
): Promise<FastifyReply> {
  const result = await commander.run(command);
  if (!result.ok) return sendProblem(reply, result.problem);
  const { status, body } = answer(result.value);
  return reply.code(status).header("cache-control", "no-store").send(body);
}
