// Vite turns these imports into files of the build.
declare module "*.css";
declare module "*?url" {
  const url: string;
  export default url;
}
declare module "*?worker" {
  const create: new (options?: WorkerOptions) => Worker;
  export default create;
}
