/** Which view draws the pictures: NiiVue where the browser has WebGL2, a plain canvas elsewhere. */

import { element } from "../../dom.js";
import { FlatView } from "./flat.js";
import { voxels } from "../grid/grid.js";
import { LocalPictures } from "./local_pictures.js";
import { ServerPictures } from "./server_pictures.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("./flat.js").View} View */
/** @typedef {import("./screen.js").Screen} Screen */
/** @typedef {import("../source.js").Result} Result */

// About 100 MB a sequence; beyond it the server draws.
const MOST_VOXELS = 50_000_000;

/**
 * `?flat=1` asks for the plain canvas, `?flat=0` for NiiVue even where WebGL2 is slow, and
 * `?fetch=0` for pictures from the server.
 * @param {Result} result
 * @param {Desk} desk
 * @param {Screen} screen
 * @returns {Promise<{view: View, fetches: boolean}>} `fetches`: volumes are to be handed to it.
 */
export async function chooseView(result, desk, screen) {
  const asked = new URLSearchParams(location.search);
  const fetches = fetchesVolumes(desk);
  const flat = asked.get("flat") === "1" || !fetches;
  if (!flat && hasWebgl(asked.get("flat") === "0")) {
    const view = await niivue(screen);
    if (view) return { view, fetches };
  }
  const pictures = picturesOf(result, fetches, () => screen.ask());
  return { view: new FlatView(screen.grey, pictures), fetches };
}

/**
 * Whether a study is small enough for its volumes to be fetched.
 * @param {Desk} desk
 */
export function fetchesVolumes(desk) {
  const asked = new URLSearchParams(location.search);
  return voxels(desk.size) <= MOST_VOXELS && asked.get("fetch") !== "0";
}

/**
 * Where a plain canvas has its pictures from.
 * @param {Result} result
 * @param {boolean} fetches
 * @param {() => void} arrived Called when the server has sent one.
 */
export function picturesOf(result, fetches, arrived) {
  return fetches ? new LocalPictures() : new ServerPictures(result.base, arrived);
}

/** @param {boolean} slowToo Whether software that plays a graphics card will do. */
function hasWebgl(slowToo) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("webgl2", { failIfMajorPerformanceCaveat: !slowToo });
  const will = context !== null && (slowToo || !playedBySoftware(context));
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return will;
}

/**
 * Whether the processor plays the graphics card, which Chromium does not always count as slow.
 * @param {WebGL2RenderingContext} context
 */
function playedBySoftware(context) {
  const told = context.getExtension("WEBGL_debug_renderer_info");
  const name = told ? context.getParameter(told.UNMASKED_RENDERER_WEBGL) : "";
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}

/**
 * @param {Screen} screen
 * @returns {Promise<View | null>} Null where it does not start: the plain canvas does as well.
 */
async function niivue(screen) {
  const canvas = element("canvas", { class: "grey" });
  screen.grey.before(canvas);
  try {
    const { openView } = await import("./view.js");
    const view = await openView(canvas);
    canvas.addEventListener("webglcontextlost", openFlat);
    screen.grey.remove();
    return view;
  } catch {
    canvas.remove();
    return null;
  }
}

/** The graphics card is gone: the same page without it. */
function openFlat() {
  const address = new URL(location.href);
  address.searchParams.set("flat", "1");
  location.replace(address);
}
