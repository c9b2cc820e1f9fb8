import { createRequire } from "node:module";
import type { FastifyServerOptions } from "fastify";

type BuildValidator = NonNullable<
  NonNullable<NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]>["buildValidator"]
>;
/** As much of ajv's types as fastify makes use of. */
type Check = { (input: unknown): unknown; errors?: unknown };
type BuildChecks = (schemas: unknown, options: unknown) => (route: unknown) => Check;

/**
 * What reads a route's input is compiled when the route is first asked, and the compiler, ajv, is loaded with it: most
 * routes of a shop are never asked, and compiling all of them takes a part of the start and keeps memory for good. The
 * names of headers in a schema are lower case: fastify does not change them for a compiler that is not its own.
 */
export function compileWhenAsked(): BuildValidator {
  let build: BuildChecks | undefined;
  const buildLater: BuildChecks = (schemas, options) => {
    let compile: ReturnType<BuildChecks> | undefined;
    return (route) => {
      let validate: Check | undefined;
      const check: Check = (input) => {
        build ??= ajvCompilers();
        compile ??= build(schemas, options);
        validate ??= compile(route);
        const fits = validate(input);
        check.errors = validate.errors;
        return fits;
      };
      return check;
    };
  };
  // fastify calls a check and reads its errors; the other fields of ajv's type are nobody's business
  return buildLater as BuildValidator;
}

/** The compiler that fastify itself would take. */
function ajvCompilers(): BuildChecks {
  const create: () => BuildChecks = createRequire(import.meta.resolve("fastify"))("@fastify/ajv-compiler");
  return create();
}
