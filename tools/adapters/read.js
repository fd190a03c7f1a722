/**
 * What OHIF's readers find in a segmentation and a report: one line of JSON on stdout.
 *
 * node read.js SERIES SEG SR, where SERIES is a folder with the FLAIR instances.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import dcmjs from "dcmjs";
import { generateToolState } from "@cornerstonejs/adapters/cornerstone/Segmentation_4X";
import { adaptersSR } from "@cornerstonejs/adapters";

const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
dcmjs.log.setLevel("error");

/** @param {string} path */
function bytes(path) {
  const file = readFileSync(path);
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
}

/** @param {string} path */
function dataset(path) {
  return DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(bytes(path)).dict);
}

/**
 * The instances of a series, in the order of their place along the normal.
 * @param {string} folder
 */
function series(folder) {
  const found = readdirSync(folder).map((name) => dataset(join(folder, name)));
  const [a, b, c, d, e, f] = found[0].ImageOrientationPatient;
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d];
  const along = (one) => one.ImagePositionPatient.reduce((sum, v, n) => sum + v * normal[n], 0);
  return found.sort((one, other) => along(one) - along(other));
}

/** What OHIF's metadata provider tells of an image. */
function provider(instances) {
  const byId = new Map(instances.map((one) => [one.SOPInstanceUID, one]));
  return {
    get(type, id) {
      const one = byId.get(id);
      const orientation = one.ImageOrientationPatient;
      if (type === "instance") return one;
      if (type === "generalSeriesModule") return { seriesInstanceUID: one.SeriesInstanceUID };
      if (type === "generalImageModule") return { sopInstanceUID: id };
      if (type !== "imagePlaneModule") return undefined;
      return {
        rows: one.Rows,
        columns: one.Columns,
        rowCosines: orientation.slice(0, 3),
        columnCosines: orientation.slice(3),
        imageOrientationPatient: orientation,
        imagePositionPatient: one.ImagePositionPatient,
        pixelSpacing: one.PixelSpacing,
        rowPixelSpacing: one.PixelSpacing[0],
        columnPixelSpacing: one.PixelSpacing[1],
        frameOfReferenceUID: one.FrameOfReferenceUID,
      };
    },
  };
}

/** Segments with their voxels, each counted on the image that it was put on. */
async function segments(instances, path) {
  const ids = instances.map((one) => one.SOPInstanceUID);
  const state = await generateToolState(ids, bytes(path), provider(instances), {});
  const pixels = new Uint8Array(state.labelmapBufferArray[0]);
  const size = instances[0].Rows * instances[0].Columns;
  return state.segMetadata.data.filter(Boolean).map((segment) => {
    const number = Number(segment.SegmentNumber);
    const places = {};
    pixels.forEach((value, at) => {
      if (value !== number) return;
      const id = ids[Math.floor(at / size)];
      places[id] = (places[id] ?? 0) + 1;
    });
    return { number, label: segment.SegmentLabel, tracking: segment.TrackingUID, places };
  });
}

const list = (value) => (Array.isArray(value) ? value : value ? [value] : []);
const first = (value) => list(value)[0] ?? {};
const named = (item, name) => first(item.ConceptNameCodeSequence).CodeMeaning === name;

/** Measurement groups, and the drawing tools in which OHIF's adapter would show some of them. */
function report(path) {
  const found = dataset(path);
  // It dumps each group that none of its tools takes on stderr.
  const tools = adaptersSR.Cornerstone3D.MeasurementReport.generateToolState(found, {}, {}, {});
  const whole = list(found.ContentSequence).find((one) => named(one, "Imaging Measurements"));
  const groups = list(whole.ContentSequence).map((group) => {
    const items = list(group.ContentSequence);
    const numbers = items.filter((one) => one.ValueType === "NUM");
    return {
      tracking: items.find((one) => named(one, "Tracking Unique Identifier")).UID,
      values: Object.fromEntries(
        numbers.map((one) => [
          first(one.ConceptNameCodeSequence).CodeMeaning,
          Number(first(one.MeasuredValueSequence).NumericValue),
        ]),
      ),
    };
  });
  return { tools: Object.keys(tools), groups };
}

const [folder, seg, sr] = process.argv.slice(2);
const instances = series(folder);
const read = { segments: await segments(instances, seg), report: report(sr) };
process.stdout.write(`${JSON.stringify(read)}\n`);
