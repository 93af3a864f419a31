/** Pictures in the browser: made smaller before they are sent, and turned into text. */

const LONGEST = 1600;
const LARGE = 3_000_000;

/**
 * The file itself if it is small, or nothing that this browser can show: the server then says what is wrong with it.
 * @param {Blob} file
 * @returns {Promise<Blob>}
 */
export async function reduced(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return file;
  }
  const scale = Math.min(LONGEST / Math.max(bitmap.width, bitmap.height), 1);
  if (scale === 1 && file.size < LARGE) return file;
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, width, height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", 0.93));
}

/**
 * A file as a data URL.
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
export const dataUrl = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(blob.size ? String(reader.result) : "data:image/png;base64,");
  reader.onerror = () => reject(new Error("The file cannot be read."));
  reader.readAsDataURL(blob);
});
