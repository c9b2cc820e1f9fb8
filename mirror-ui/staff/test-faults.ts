/**
 * Runs in the page: what is wrong with the screen as it stands, in words. Names, sizes to touch, what is cut off at the
 * side, one heading, ids used once, and the contrast of every word that is seen [WCAG 2.2: 1.4.3, 2.5.5, 4.1.2].
 */
export function findFaults(): string[] {
  const faults: string[] = [];
  const isSeen = (element: Element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && !element.closest(".hidden");
  };
  const called = (element: Element) => `<${element.localName}> "${(element.textContent ?? "").trim().slice(0, 40)}"`;
  const nameOf = (element: Element) =>
    element.getAttribute("aria-label") ??
    element.closest("label")?.textContent?.trim() ??
    (element.textContent?.trim() || element.getAttribute("alt"));

  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is wider than the screen");
  if (document.querySelectorAll("h1").length !== 1) faults.push("there is not exactly one h1");
  for (const fixed of document.querySelectorAll(".reach, .nav, .pane, header")) {
    const { bottom, right, height } = fixed.getBoundingClientRect();
    if (height > 0 && (bottom > innerHeight + 0.5 || right > innerWidth + 0.5)) {
      faults.push(`.${fixed.className} stands outside the screen`);
    }
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) faults.push("an id is used twice");

  for (const element of document.querySelectorAll("button, a[href], input, select")) {
    if (!isSeen(element)) continue;
    if (!nameOf(element)) faults.push(`${called(element)} has no name`);
    const target = element.closest("label") ?? element;
    const { height, left, right } = target.getBoundingClientRect();
    if (height < 43.5) faults.push(`${called(target)} is only ${Math.round(height)} px high`);
    if (left < -0.5 || right > innerWidth + 0.5) faults.push(`${called(target)} is cut off at the side`);
  }
  for (const picture of document.querySelectorAll("svg, img")) {
    const isDecoration = picture.closest("[aria-hidden=true]") !== null || picture.closest("svg[role=img]") !== null;
    if (!isDecoration && !picture.getAttribute("aria-label") && !picture.getAttribute("alt")) {
      faults.push(`${called(picture)} is a picture without words`);
    }
  }

  type Colour = [red: number, green: number, blue: number, alpha: number];
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colourOf = (text: string): Colour => {
    if (!canvas) return [0, 0, 0, 0];
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const behind = (element: Element): Colour => {
    for (let at: Element | null = element; at; at = at.parentElement) {
      const colour = colourOf(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const luminance = ([red, green, blue]: Colour) => {
    const part = (value: number) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const looked = new Set<Element>();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!element || looked.has(element) || !walker.currentNode.textContent?.trim()) continue;
    looked.add(element);
    // Words on the plan stand on its shapes: their pairs are measured where the tokens are.
    if (!isSeen(element) || element.closest("svg, option, :disabled")) continue;
    const [ink, ground] = [luminance(colourOf(getComputedStyle(element).color)), luminance(behind(element))];
    const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (ratio < 4.5) faults.push(`${called(element)} has a contrast of ${ratio.toFixed(2)}`);
  }
  return faults;
}
