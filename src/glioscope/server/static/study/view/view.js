/** The view on the graphics card: the only module that knows NiiVue (0.69). */

import { LAYOUTS, pictureOf, toPicture } from "../grid/geometry.js";
import { tiles } from "./layout.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../grid/geometry.js").Plane} Plane */
/** @typedef {import("./flat.js").View} View */
/** @typedef {import("./layout.js").Tile} Tile */
/** @typedef {import("../grid/nifti.js").Volume} Volume */

/** @type {Plane[]} By NiiVue's numbers. */
const PLANES = ["axial", "coronal", "sagittal"];
const OPTIONS = {
  backColor: [0, 0, 0, 1],
  crosshairWidth: 0,
  dragAndDropEnabled: false,
  isColorbar: false,
  isOrientationTextVisible: false,
  isRadiologicalConvention: true,
  isResizeCanvas: false,
  isSliceMM: false,
  interactive: false,
  loadingText: "",
  logLevel: "silent",
  sagittalNoseLeft: true,
  show3Dcrosshair: false,
  tileMargin: 0,
};

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<View>}
 */
export async function openView(canvas) {
  const library = await load();
  const niivue = new library.Niivue(OPTIONS);
  await niivue.attachToCanvas(canvas, false);
  return new NiivueView(canvas, library, niivue);
}

/** @implements {View} */
class NiivueView {
  name = "niivue";
  /** @type {Map<string, any>} */
  #images = new Map();
  #shown = "";
  #window = "";

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {any} library
   * @param {any} niivue
   */
  constructor(canvas, library, niivue) {
    this.canvas = canvas;
    this.library = library;
    this.niivue = niivue;
  }

  /**
   * @param {string} channel
   * @param {Volume} volume Its values lie in the buffer of the whole file.
   */
  async add(channel, volume) {
    const image = await this.library.NVImage.new(volume.data.buffer, `${channel}.nii`);
    this.#images.set(channel, image);
  }

  /**
   * @param {Desk} desk
   * @param {number} width
   * @param {number} height
   */
  draw(desk, width, height) {
    this.#fit(width, height);
    const image = this.#images.get(desk.channel);
    if (!image) return { tiles: tiles(desk, width, height), whole: false };
    this.#show(desk, image);
    this.#place(desk, image, width, height);
    this.niivue.drawScene();
    const ratio = this.canvas.width / width;
    const found = this.niivue.screenSlices.map((/** @type {any} */ slice) =>
      tileOf(slice, desk, image, ratio),
    );
    return { tiles: found, whole: true };
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #fit(width, height) {
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== wide) this.canvas.width = wide;
    if (this.canvas.height !== high) this.canvas.height = high;
  }

  /**
   * @param {Desk} desk
   * @param {any} image
   */
  #show({ channel, window: { low, high } }, image) {
    const limits = `${low} ${high}`;
    if (this.#shown !== channel) {
      for (const other of [...this.niivue.volumes]) this.niivue.removeVolume(other);
      [image.cal_min, image.cal_max] = [low, high];
      this.niivue.addVolume(image);
    } else if (this.#window !== limits) {
      [image.cal_min, image.cal_max] = [low, high];
      this.niivue.updateGLVolume();
    }
    this.#shown = channel;
    this.#window = limits;
  }

  /**
   * @param {Desk} desk
   * @param {any} image
   * @param {number} width
   * @param {number} height
   */
  #place(desk, image, width, height) {
    const { scene } = this.niivue;
    scene.crosshairPos = desk.at.map((at, axis) => (at + 0.5) / desk.size[axis]);
    const planned = tiles(desk, width, height);
    scene.pan2Dxyzmm = [...panMm(desk, image, planned[0]), desk.zoom];
    const layout = planned.map(({ plane, area }) => ({
      sliceType: PLANES.indexOf(plane),
      position: [area.x / width, area.y / height, area.width / width, area.height / height],
    }));
    // A single plane takes the whole canvas only without a layout.
    if (desk.three) this.niivue.setCustomLayout(layout);
    else {
      this.niivue.clearCustomLayout();
      this.niivue.setSliceType(0);
    }
  }
}

/**
 * How NiiVue is told of zoom and pan: it scales about the zero of its mm, not about the centre.
 * @param {Desk} desk
 * @param {any} image
 * @param {Tile} axial
 */
function panMm({ zoom, pan }, image, axial) {
  const moved = [pan[0] / axial.zoom, pan[1] / axial.zoom, 0];
  return moved.map((mm, axis) => {
    const centre = (image.extentsMinOrtho[axis] + image.extentsMaxOrtho[axis]) / 2;
    return centre - zoom * (centre + mm);
  });
}

/**
 * Where NiiVue has drawn a slice.
 * @param {any} slice One of its `screenSlices`: its place in pixels of the canvas, and the mm at
 *   the left and at the bottom.
 * @param {Desk} desk
 * @param {any} image
 * @param {number} ratio Pixels of the canvas for a CSS pixel.
 * @returns {Tile}
 */
function tileOf(slice, desk, image, ratio) {
  const plane = PLANES[slice.axCorSag];
  const { across, down } = LAYOUTS[plane];
  const picture = pictureOf(plane, desk.size, desk.spacing);
  const [x, y, width, height] = slice.leftTopWidthHeight.map(
    (/** @type {number} */ pixels) => pixels / ratio,
  );
  const [wide, high] = slice.fovMM.map(Math.abs);
  const span = (/** @type {number} */ axis) =>
    image.extentsMaxOrtho[axis] - image.extentsMinOrtho[axis];
  const [fullX, fullY] = [(width * span(across)) / wide, (height * span(down)) / high];
  const topMm = slice.leftTopMM[1] + slice.fovMM[1];
  return {
    plane,
    slice: toPicture(plane, desk.size, desk.at)[2],
    area: { x, y, width, height },
    left: x - ((image.extentsMaxOrtho[across] - slice.leftTopMM[0]) / wide) * width,
    top: y - ((image.extentsMaxOrtho[down] - topMm) / high) * height,
    scaleX: fullX / picture.width,
    scaleY: fullY / picture.height,
    zoom: fullX / picture.width / picture.pixelWidth,
  };
}

/** The library's one file: it is no module, and leaves its name in the window. */
async function load() {
  const address = new URL("../../vendor/niivue.umd.js", import.meta.url).href;
  await new Promise((done, failed) => {
    const script = document.createElement("script");
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    script.src = address;
    document.head.append(script);
  });
  return /** @type {any} */ (window).niivue;
}
