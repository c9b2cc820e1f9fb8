import { drawClock, nowMs } from "./video-clock.ts";

/** Takes the place of the camera in the mirror's page: a face that moves a little, with the clock under it. */
const [width, height] = [640, 480];
const framesPerSecond = 30;
/** The portrait's side in the picture, and where its face then stands as before a mirror. */
const side = 800;
const corner = { x: -33, y: 54 };

async function openFace(): Promise<MediaStream> {
  const portrait = await createImageBitmap(await (await fetch("/bench/face.png")).blob(), {
    resizeWidth: side,
    resizeHeight: side,
  });
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  // what the enlarged portrait leaves free above the head
  context.fillStyle = "#8a8a8a";
  context.fillRect(0, 0, width, height);
  let drawnAt = 0;
  const draw = () => {
    requestAnimationFrame(draw);
    const now = performance.now();
    // half an animation frame of slack, or every third would be left out
    if (now - drawnAt < 1_000 / framesPerSecond - 8) return;
    drawnAt = now;
    context.drawImage(portrait, corner.x - 3 * Math.sin(now / 300), corner.y - 2 * Math.cos(now / 400));
    drawClock(context, nowMs());
  };
  draw();
  // each picture as it is drawn: a second clock would leave some of them out
  return canvas.captureStream();
}

Object.defineProperty(MediaDevices.prototype, "getUserMedia", { value: openFace });
