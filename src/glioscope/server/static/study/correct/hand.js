/** What brush, eraser and growing do to a sheet as the pointer goes over the picture. */

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {import("../view/pointer.js").Hand} Pointing */
/** @typedef {import("./sheet.js").Sheet} Sheet */

const AXIAL = 2;
// Beyond it a lesion is not one any more, and a mistaken click would take half a head.
const GROWN_MM = 45;

/** @implements {Pointing} */
export class Hand {
  /** @type {Triple | null} */
  #last = null;
  #erases = false;
  /** @type {{seed: Triple, sheet: Sheet} | null} What grew last, for another tolerance. */
  #grown = null;

  /**
   * @param {Desk} desk
   * @param {() => Sheet | null} sheet
   * @param {() => Uint8Array | Int16Array | null} intensities Of the sequence that is shown.
   */
  constructor(desk, sheet, intensities) {
    this.desk = desk;
    this.sheet = sheet;
    this.intensities = intensities;
  }

  /**
   * @param {Triple} voxel
   * @param {boolean} erases Whatever the tool: the pen was turned round.
   */
  begin(voxel, erases) {
    const sheet = this.sheet();
    if (!sheet) return;
    this.#grown = null;
    if (this.desk.tool === "grow" && !erases) return this.#grow(sheet, voxel);
    this.#erases = erases || this.desk.tool === "eraser";
    sheet.begin();
    this.#last = voxel;
    this.#paint(sheet, voxel, voxel);
  }

  /** @param {Triple} voxel */
  move(voxel) {
    const sheet = this.sheet();
    if (!this.#last || !sheet) return;
    this.#paint(sheet, this.#last, voxel);
    this.#last = voxel;
  }

  end() {
    if (this.#last) this.sheet()?.end();
    this.#last = null;
    this.desk.set({});
  }

  cancel() {
    if (this.#last) this.sheet()?.cancel();
    this.#last = null;
    this.desk.set({});
  }

  /** Grows once more from the same place, with the tolerance of now. */
  regrow() {
    const grown = this.#grown;
    if (!grown || grown.sheet !== this.sheet()) return;
    grown.sheet.undo();
    this.#grow(grown.sheet, grown.seed);
  }

  /** Another step was done: a change of the tolerance has nothing to take back. */
  forget() {
    this.#grown = null;
  }

  /**
   * @param {Sheet} sheet
   * @param {Triple} from
   * @param {Triple} to
   */
  #paint(sheet, from, to) {
    const { brushMm, around } = this.desk;
    sheet.paint({ axis: AXIAL, from, to, radiusMm: brushMm / 2, around }, this.#erases);
    this.desk.set({});
  }

  /**
   * @param {Sheet} sheet
   * @param {Triple} seed
   */
  #grow(sheet, seed) {
    const intensities = this.intensities();
    if (!intensities) return;
    const { around, tolerance, usual, channel } = this.desk;
    /** @type {import("../draw/grow.js").Growth} */
    const growth = {
      seed,
      tolerance: tolerance * (usual[channel].high - usual[channel].low),
      radiusMm: GROWN_MM,
      axis: around === 0 ? AXIAL : null,
    };
    this.#grown = sheet.grow(intensities, growth) ? { seed, sheet } : null;
    this.desk.set({});
  }
}
