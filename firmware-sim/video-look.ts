/**
 * What the simulated mirror sees, as drawings 480 wide and 640 high: a fitting room in flat planes of daylight and
 * somebody in a coat who tries glasses on. Each part is a layer of its own, so that it can move by itself.
 */

/** What the drawn person wears. A shop that does not sell it shows the picture without a name. */
export const wornSku = "GLASSES-ORSO";

export const sceneWidth = 480;
export const sceneHeight = 640;

const drawing = (shapes: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${sceneWidth}" height="${sceneHeight}" stroke-linecap="round" stroke-linejoin="round">${shapes}</svg>`;

/** The right half as the mirror image of the left. */
const both = (shape: string) => `${shape}<g transform="translate(${sceneWidth} 0) scale(-1 1)">${shape}</g>`;

const folds = [396, 418, 440, 462].map((x) => `<path d="M${x} 62h11v530h-11z" fill="#b3c0b9"/>`).join("");
const rings = [404, 426, 448, 470].map((x) => `<circle cx="${x}" cy="58" r="5"/>`).join("");

const room = drawing(`
  <rect width="480" height="640" fill="#dee6e1"/>
  <path d="M168 0H480V640H400L168 60Z" fill="#cfd9d3"/>
  <path d="M306 0H480V372Z" fill="#bfcbc5"/>
  <rect y="588" width="480" height="52" fill="#bdc9c3"/>
  <path d="M330 588H480V640H366Z" fill="#a9b7b0"/>
  <path d="M388 60h92v532h-92z" fill="#bfcbc5"/>${folds}
  <g fill="none" stroke="#76837c" stroke-width="4"><path d="M376 52H480"/><g stroke-width="2.5">${rings}</g></g>`);

const hairBehind = drawing(`
  <path d="M208 270h64v70h-64z" fill="#a8704f"/>
  <path d="M158 232C146 132 190 92 241 92S336 132 322 232C326 268 322 296 306 316Q280 300 240 300T174 316C158 296 154 268 158 232Z" fill="#33241c"/>
  <path d="M276 102C320 124 330 178 320 236 322 270 320 294 306 312L290 300C306 240 304 150 276 102Z" fill="#281b15"/>`);

const ribs = [216, 224, 232, 240, 248, 256, 264]
  .map((x) => `<path d="M${x} 309L${240 + (x - 240) * 1.12} 352"/>`)
  .join("");
const lapel = "M203 348L150 388 164 450 141 470 207 640H236L214 470Z";

const body = drawing(`
  <path d="M44 640C44 548 50 468 84 428 112 402 176 388 204 350H276C304 388 368 402 396 428 430 468 436 548 436 640Z" fill="#34524a"/>
  <path d="M240 350H276C304 388 368 402 396 428 430 468 436 548 436 640H240Z" fill="#2b463f"/>
  <path d="M204 344L196 380 214 470 226 640H258L266 470 284 380 276 344Z" fill="#262b2d"/>
  <path d="M205 304Q240 318 275 304L285 356Q240 386 195 356Z" fill="#2f3538"/>
  <path d="M244 312Q262 310 275 304L285 356Q266 369 246 371Z" fill="#262b2d"/>
  <g fill="none" stroke="#1d2123" stroke-width="2">${ribs}</g>
  <path d="${lapel}" fill="#446a5f"/>
  <g transform="translate(480 0) scale(-1 1)"><path d="${lapel}" fill="#3a5b51"/></g>
  <g fill="none" stroke="#1e342e" stroke-width="2">${both(`<path d="M164 450L200 420M203 348L150 388 164 450 141 470 207 640M104 486C98 540 100 590 108 640"/>`)}</g>
  <path d="M84 428C112 402 176 388 204 350" fill="none" stroke="#56796f" stroke-width="3"/>`);

const face = drawing(`
  ${both(`<ellipse cx="179" cy="222" rx="9" ry="17" fill="#b67b5a"/>`)}
  <path d="M178 184C178 134 302 134 302 184 304 240 292 274 264 294Q240 308 216 294C188 274 176 240 178 184Z" fill="#cf9874"/>
  <path d="M258 142C286 148 302 162 302 184 304 240 292 274 264 294Q252 301 240 301C282 276 286 206 258 142Z" fill="#bd8461"/>
  ${both(`<ellipse cx="205" cy="252" rx="15" ry="9" fill="#c97f63" opacity=".5"/>`)}`);

const mouth = `
  <path d="M244 214Q252 238 252 246 248 254 235 251" fill="none" stroke="#a56c4c" stroke-width="2.6"/>
  <path d="M217 269Q229 264 240 267 251 264 263 269 252 286 240 286T217 269Z" fill="#a14a42"/>
  <path d="M222 270Q240 274 258 270 248 278 240 278T222 270Z" fill="#f4ebe3"/>
  ${both(`<path d="M196 196Q211 186 227 193" fill="none" stroke="#33241c" stroke-width="5"/>`)}`;

const eyesOpen = drawing(`${mouth}${both(`
  <path d="M199 217Q211 207 225 217 212 226 199 217Z" fill="#f6efe8"/>
  <path d="M198 217Q211 205 226 217" fill="none" stroke="#241812" stroke-width="3"/>`)}
  <g fill="#3d2a1d"><circle cx="213" cy="216" r="5.6"/><circle cx="269" cy="216" r="5.6"/></g>
  <g fill="#ffffff"><circle cx="211" cy="214" r="1.7"/><circle cx="267" cy="214" r="1.7"/></g>`);

const eyesClosed = drawing(
  `${mouth}${both(`
  <path d="M198 216Q211 225 226 216" fill="none" stroke="#241812" stroke-width="3"/>`)}`,
);

const hairInFront = drawing(`
  <path d="M166 236C156 142 190 98 241 97S328 140 316 236C308 204 298 178 284 158 258 168 226 162 208 140 200 164 176 192 166 236Z" fill="#3d2b21"/>
  <path d="M208 140C198 168 176 196 166 236 162 200 166 160 182 134Z" fill="#4b372b"/>
  <path d="M158 226C154 262 160 292 178 314 190 300 178 250 182 196ZM322 226C326 262 320 292 302 314 290 300 302 250 298 196Z" fill="#33241c"/>
  <g fill="none" stroke="#5a4434" stroke-width="2"><path d="M214 122C236 140 268 146 292 142M206 132C196 152 182 168 174 190"/></g>`);

const rim = "M184 207Q186 198 202 196 226 194 234 203 237 210 232 222 226 239 208 239 187 237 184 207Z";
const glasses = drawing(`
  <g fill="none">
    <path d="M186 203L168 199M294 203L312 199" stroke="#57300f" stroke-width="5"/>
    ${both(`<path d="${rim}" fill="#e4ece8" fill-opacity=".2" stroke="#7a451c" stroke-width="6.5"/>
    <path d="${rim}" stroke="#3b1e0b" stroke-width="6.5" stroke-dasharray="7 21" stroke-linecap="butt"/>`)}
    <path d="M233 207Q240 200 247 207" stroke="#57300f" stroke-width="6"/>
    <path d="M196 228L210 205M252 228L266 205" stroke="#ffffff" stroke-width="3" opacity=".3"/>
  </g>`);

export const look = { room, hairBehind, body, face, eyesOpen, eyesClosed, hairInFront, glasses };
