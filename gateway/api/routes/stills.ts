import type { FastifyInstance, FastifyReply } from "fastify";
import { type Static, Type } from "typebox";
import { thisMirrorOnly } from "../guard.ts";
import { notFound, sendProblem } from "../problem.ts";
import { IdParams, Name, strict } from "../schemas.ts";

export type StillsPorts = {
  /** A share as the room knows it now; undefined when it never was, or was forgotten. */
  share(shareId: string): { mirrorId: string; over: boolean } | undefined;
  stills: {
    /** A JPEG of what this mirror shows now; "busy": so many are taken at once that it should be asked for again. */
    take(
      mirrorId: string,
      shareId: string,
    ): Promise<{ ok: true; jpeg: Uint8Array } | { ok: false; why: Why; reason: string }>;
    /** From now on the preview of this link shows it; false when it cannot be drawn. Gone with the share. */
    keepPreview(shareId: string, jpeg: Uint8Array): Promise<boolean>;
    dropPreview(shareId: string): void;
  };
};
type Why = "refused" | "busy" | "failed";

const Params = Type.Object({ id: IdParams.properties.id, shareId: Name }, strict);
const StillWish = Type.Object(
  { preview: Type.Optional(Type.Boolean({ description: "the link's preview shows it, too; the shopper chose so" })) },
  strict,
);
type Route = { Params: Static<typeof Params>; Body: Static<typeof StillWish> | undefined };

const path = "/api/v1/mirrors/:id/shares/:shareId/still";
const tags = ["shares"];

/** A photograph of a live look, when its shopper presses the button; kept nowhere unless they want it in the preview. */
export function registerStills(app: FastifyInstance, { share, stills }: StillsPorts): void {
  function refusalOf({ id, shareId }: Static<typeof Params>, reply: FastifyReply): FastifyReply | undefined {
    const known = share(shareId);
    if (known?.mirrorId !== id) return notFound(reply, "This mirror has no such link.");
    if (!known.over) return;
    return sendProblem(reply, { type: "/problems/over", title: "This look has gone home.", status: 410 });
  }

  app.post<Route>(
    path,
    {
      onRequest: thisMirrorOnly,
      schema: {
        summary: "A picture of the look that is shown now, as JPEG",
        ...{ tags, who: "mirror", params: Params, body: Type.Union([StillWish, Type.Null()]) },
      },
    },
    async ({ params, body }, reply) => {
      reply.header("cache-control", "no-store");
      const refused = refusalOf(params, reply);
      if (refused) return refused;
      const still = await stills.take(params.id, params.shareId);
      // the shopper may have ended the share in the meantime: then the picture is nobody's
      const late = refusalOf(params, reply);
      if (late) return late;
      if (!still.ok) return sendProblem(reply.header("retry-after", 2), problemOf(still));
      if (body?.preview && !(await stills.keepPreview(params.shareId, still.jpeg))) {
        return sendProblem(reply, problemOf({ why: "failed", reason: "the preview could not be drawn" }));
      }
      return reply.type("image/jpeg").send(Buffer.from(still.jpeg));
    },
  );
  app.delete<Route>(
    path,
    {
      onRequest: thisMirrorOnly,
      schema: { summary: "The link's preview shows the drawing again", ...{ tags, who: "mirror", params: Params } },
    },
    ({ params }, reply) => {
      if (share(params.shareId)?.mirrorId !== params.id) return notFound(reply, "This mirror has no such link.");
      stills.dropPreview(params.shareId);
      return reply.code(204).send();
    },
  );
}

function problemOf({ why, reason }: { why: Why; reason: string }) {
  if (why === "busy") return { type: "/problems/busy", title: reason, status: 503 };
  const status = why === "refused" ? 409 : 503;
  return { type: "/problems/no-picture", title: "No picture could be taken just now.", status, detail: reason };
}
