/*
 * Keeps the shell of the staff page, so that it opens without a line; it says then that there is none. A newer page is
 * always taken when there is a line. Nothing of the shop is kept here: what the gateway answers under /api is never touched.
 */
const name = "vitrine-staff";
const page = "/staff";
/* A phone that has just changed its Wi-Fi waits long for an answer that does not come. */
const patienceMs = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(openPage(event));
  else if (pathname.startsWith("/assets/")) event.respondWith(asset(event));
});

/* What cannot be kept (no room, a private window) is no reason not to show it. */
const unkept = () => undefined;

async function openPage(event) {
  const kept = await caches.match(page);
  const late = kept && new Promise((resolve) => setTimeout(() => resolve(kept.clone()), patienceMs));
  const fresh = fetch(event.request).then((response) => {
    if (response.ok && !response.redirected) event.waitUntil(keepPage(response.clone()).catch(unkept));
    return response;
  });
  // Also what comes too late for this time is kept for the next.
  event.waitUntil(fresh.catch(unkept));
  try {
    return await (late ? Promise.race([fresh, late]) : fresh);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/* Files whose names carry their hash never change. */
async function asset(event) {
  const { request } = event;
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) event.waitUntil(keepFile(request, response.clone()).catch(unkept));
  return response;
}

async function keepFile(request, response) {
  await (await caches.open(name)).put(request, response);
}

async function keepShell() {
  const response = await fetch(page);
  if (response.ok) await keepPage(response);
}

/* A page that differs from the kept one is a new version: the files of the old one go. */
async function keepPage(response) {
  const cache = await caches.open(name);
  const before = await cache.match(page);
  const html = await response.clone().text();
  if (before && (await before.text()) === html) return;
  for (const request of await cache.keys()) await cache.delete(request);
  const files = filesIn(html, /(?:src|href)="(\/assets\/[^"]+)"/g);
  for (const file of files) {
    const found = await fetch(file);
    if (!found.ok) continue;
    await cache.put(file, found.clone());
    if (file.endsWith(".css")) await cache.addAll(filesIn(await found.text(), /url\(["']?(\/assets\/[^"')]+\.woff2)/g));
  }
  // Last, so that a page is never kept without what it needs.
  await cache.put(page, response);
}

function filesIn(text, pattern) {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1]))];
}
