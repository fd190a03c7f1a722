/** The same place in two examinations: by the scanner's own mm, without registration. */

/** @typedef {import("../grid/grid.js").Triple} Triple */
/** @typedef {[number, number, number, number]} Row Of an affine: from voxel coordinates to mm. */

/**
 * A grid and where it lies.
 * @typedef {object} Place
 * @property {Triple} shape
 * @property {[Row, Row, Row]} affine
 * @property {boolean} nominal Nothing is known of mm.
 */

/**
 * Takes voxel coordinates of one grid to those of another. Where either has no mm, slices are
 * matched by their numbers, and the rest by its share of the whole.
 * @param {Place} from
 * @param {Place} to
 * @returns {(voxel: Triple) => Triple}
 */
export function matcher(from, to) {
  if (from.nominal || to.nominal) return (voxel) => byNumber(voxel, from.shape, to.shape);
  const back = inverse(to.affine);
  return (voxel) => {
    const mm = times(from.affine, voxel);
    const moved = mm.map((at, axis) => at - to.affine[axis][3]);
    return triple((axis) => dot(back[axis], moved));
  };
}

/**
 * @param {Triple} voxel
 * @param {Triple} from
 * @param {Triple} to
 * @returns {Triple}
 */
function byNumber([i, j, k], from, to) {
  return [(i * to[0]) / from[0], (j * to[1]) / from[1], k];
}

/**
 * Whether a slice of the third axis is one of the grid.
 * @param {Triple} voxel
 * @param {Triple} shape
 */
export function holds(voxel, shape) {
  return voxel[2] >= -0.5 && voxel[2] <= shape[2] - 0.5;
}

/**
 * The nearest voxel of the grid.
 * @param {Triple} voxel
 * @param {Triple} shape
 * @returns {Triple}
 */
export function within(voxel, shape) {
  return triple((axis) => Math.min(shape[axis] - 1, Math.max(0, Math.round(voxel[axis]))));
}

/**
 * @param {(axis: 0 | 1 | 2) => number} of
 * @returns {Triple}
 */
function triple(of) {
  return [of(0), of(1), of(2)];
}

/**
 * @param {number[]} one
 * @param {number[]} other
 */
function dot(one, other) {
  return one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
}

/**
 * @param {[Row, Row, Row]} affine
 * @param {Triple} voxel
 */
function times(affine, voxel) {
  return triple((axis) => dot(affine[axis], voxel) + affine[axis][3]);
}

/**
 * The inverse of the directions of an affine, by cofactors.
 * @param {[Row, Row, Row]} affine
 */
function inverse([x, y, z]) {
  const across = [cross(y, z), cross(z, x), cross(x, y)];
  const volume = dot(x, across[0]);
  return [0, 1, 2].map((axis) => across.map((one) => one[axis] / volume));
}

/**
 * @param {Row} one
 * @param {Row} other
 */
function cross(one, other) {
  return [
    one[1] * other[2] - one[2] * other[1],
    one[2] * other[0] - one[0] * other[2],
    one[0] * other[1] - one[1] * other[0],
  ];
}
