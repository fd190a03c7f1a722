/** Files that were dropped or chosen, with their paths inside what was. */

import { isOfTheSystem } from "./names.js";

/** @typedef {{path: string, file: File}} Picked */

/** @param {DataTransfer | null} transfer */
export function holdsFiles(transfer) {
  return transfer?.types.includes("Files") ?? false;
}

/**
 * Files of a drop, those in folders too.
 * @param {DataTransfer} transfer
 * @returns {Promise<Picked[]>}
 */
export async function fromDrop(transfer) {
  // The list of items is empty as soon as this function waits for something.
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = await Promise.all(entries.map((entry) => (entry ? filesOf(entry) : [])));
  return useful(found.flat());
}

/**
 * @param {FileList | null} files
 * @returns {Picked[]}
 */
export function fromInput(files) {
  const picked = [...(files ?? [])];
  return useful(picked.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/**
 * What may hold a study; an empty file does not.
 * @param {Picked[]} picked
 */
function useful(picked) {
  return picked.filter(({ path, file }) => file.size > 0 && !isOfTheSystem(path));
}

/**
 * @param {FileSystemEntry | File} entry
 * @returns {Promise<Picked[]>}
 */
async function filesOf(entry) {
  if (entry instanceof File) return [{ path: entry.name, file: entry }];
  const path = entry.fullPath.replace(/^\/+/, "");
  if (entry.isFile) {
    return [{ path, file: await fileOf(/** @type {FileSystemFileEntry} */ (entry)) }];
  }
  const inside = await inFolder(/** @type {FileSystemDirectoryEntry} */ (entry));
  return (await Promise.all(inside.map(filesOf))).flat();
}

/**
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<File>}
 */
function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/**
 * @param {FileSystemDirectoryEntry} folder
 * @returns {Promise<FileSystemEntry[]>}
 */
async function inFolder(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    // It gives a hundred at a time, and none at the end.
    if (some.length === 0) return found;
    found.push(...some);
  }
}
