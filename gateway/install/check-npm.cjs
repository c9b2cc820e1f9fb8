// Runs under whatever Node npm itself uses, before anything else: CommonJS on purpose.
const npmVersion = /npm\/(\d+)\.(\d+)/.exec(process.env.npm_config_user_agent || "");
if (npmVersion && Number(npmVersion[1]) < 11) {
  console.error(
    `Vitrine needs npm 11 or newer (this is npm ${npmVersion[1]}.${npmVersion[2]}). Run: npx npm@11 install`,
  );
  process.exit(1);
}
