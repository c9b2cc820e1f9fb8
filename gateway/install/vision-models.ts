import { copyFile, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCanonicalFace } from "./canonical-face.ts";
import { addMetadata, packTask, retargetLandmarks } from "./face-model.ts";

const require = createRequire(import.meta.url);
/** Raise it when what is made from the same packages changes. */
const RECIPE = 1;
const TASK = "face_landmarker.task";
const MESH = "canonical-face.json";
const WASM = ["vision_wasm_module_internal.js", "vision_wasm_module_internal.wasm"];
const STAMP = "stamp.json";
const PACKED = "face_mesh_solution_packed_assets";

export type VisionModels = {
  /** False when everything was there already. */
  built: boolean;
  /** Where face_landmarker.task came from: made from the npm packages, or the file that was dropped into config/vision. */
  landmarker: "packages" | "dropped-in";
};

export type VisionOptions = {
  onStep?: (step: string) => void;
  /** Where the shop's engineer may put Google's own face_landmarker.task. Default: config/vision of this project. */
  dropInDir?: string;
};

/**
 * Makes what the mirror needs to see faces, from npm packages that are already installed: no network.
 * Does nothing when `outDir` is up to date. Throws with the reason when a package lacks what is needed.
 */
export async function buildVisionModels(outDir: string, options: VisionOptions = {}): Promise<VisionModels> {
  const onStep = options.onStep ?? (() => {});
  const dropIn = join(options.dropInDir ?? fileURLToPath(new URL("../../config/vision", import.meta.url)), TASK);
  const dropInStat = await stat(dropIn).catch(() => undefined);
  const meshDir = packageDir("@mediapipe/face_mesh");
  const tasksDir = packageDir("@mediapipe/tasks-vision");
  const stamp = JSON.stringify({
    recipe: RECIPE,
    faceMesh: await versionOf(meshDir),
    tasksVision: await versionOf(tasksDir),
    dropIn: dropInStat ? [dropInStat.size, dropInStat.mtimeMs] : null,
  });
  const landmarker = dropInStat ? "dropped-in" : "packages";
  if (await isUpToDate(outDir, stamp)) return { built: false, landmarker };

  await mkdir(outDir, { recursive: true });
  const assets = await readPackedAssets(meshDir);
  if (dropInStat) {
    onStep("taking the face model from config/vision");
    await copyFile(dropIn, join(outDir, TASK));
  } else {
    onStep("making the face model from the installed packages");
    await writeFile(join(outDir, TASK), makeFaceTask(assets));
  }
  onStep("reading the face's shape");
  await writeFile(
    join(outDir, MESH),
    JSON.stringify(readCanonicalFace(assets("geometry_pipeline_metadata_landmarks.binarypb"))),
  );
  onStep("copying the vision program");
  for (const name of WASM) await copyFile(join(tasksDir, "wasm", name), join(outDir, name));
  // the stamp comes last and in one step: a copy that was cut off is made again
  await writeFile(join(outDir, `${STAMP}.new`), stamp);
  await rename(join(outDir, `${STAMP}.new`), join(outDir, STAMP));
  return { built: true, landmarker };
}

/** Both packages keep their main file at the top, and not both of them let package.json be resolved. */
const packageDir = (name: string) => dirname(require.resolve(name));

async function versionOf(dir: string): Promise<string> {
  const { version }: { version?: unknown } = JSON.parse(await readFile(join(dir, "package.json"), "utf8"));
  return String(version);
}

async function isUpToDate(outDir: string, stamp: string): Promise<boolean> {
  const old = await readFile(join(outDir, STAMP), "utf8").catch(() => "");
  if (old !== stamp) return false;
  const present = await Promise.all(
    [TASK, MESH, ...WASM].map((name) => stat(join(outDir, name)).catch(() => undefined)),
  );
  return present.every((file) => file !== undefined && file.size > 0);
}

type Assets = (name: string) => Uint8Array;

/** face_mesh packs its models into one file; its loader script holds the table of contents as JSON. */
async function readPackedAssets(dir: string): Promise<Assets> {
  const loader = await readFile(join(dir, `${PACKED}_loader.js`), "utf8");
  const contents = loader.match(/"files": (\[[^\]]*\])/)?.[1];
  if (!contents) throw new Error(`${dir}: the loader has no table of contents`);
  const files: { filename: string; start: number; end: number }[] = JSON.parse(contents);
  const data = await readFile(join(dir, `${PACKED}.data`));
  return (name) => {
    const entry = files.find(({ filename }) => filename.endsWith(`/${name}`));
    if (!entry) throw new Error(`${dir}: ${name} is not inside`);
    return data.subarray(entry.start, entry.end);
  };
}

/** The member names are those that FaceLandmarker looks for; the normalizations are those of the original graphs. */
function makeFaceTask(assets: Assets): Uint8Array {
  const detector = addMetadata(assets("face_detection_short_range.tflite"), "face_detector", {
    mean: 127.5,
    deviation: 127.5,
  });
  const landmarks = retargetLandmarks(assets("face_landmark_with_attention.tflite"));
  return packTask([
    { name: "face_detector.tflite", data: detector },
    { name: "face_landmarks_detector.tflite", data: addMetadata(landmarks, "face", { mean: 0, deviation: 255 }) },
    {
      name: "geometry_pipeline_metadata_landmarks.binarypb",
      data: assets("geometry_pipeline_metadata_landmarks.binarypb"),
    },
  ]);
}
