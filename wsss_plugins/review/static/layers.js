/** What lies over the image: the mask in its colors, a CAM as heat. */
import {IGNORE} from './classes.js';

const sheet = (width, height) => {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
};

/** Colors of a mask; outlines are opaque, what is inside is not. */
export class MaskLayer {
  constructor(mask, classes, opacity) {
    this.mask = mask;
    this.classes = classes;
    this.opacity = opacity;
    this.canvas = sheet(mask.width, mask.height);
    this.context = this.canvas.getContext('2d');
    mask.onChange((box) => this.paint(box));
    this.paint(mask.whole());
  }

  setOpacity(opacity) {
    this.opacity = opacity;
    this.paint(this.mask.whole());
  }

  table() {
    const table = new Uint8Array(256 * 3);
    for (let k = 1; k < this.classes.count(); k += 1) {
      table.set(this.classes.color(k), k * 3);
    }
    return table;
  }

  /** Paint the pixels of a box, and those that touch it. */
  paint([x0, y0, x1, y1]) {
    const {mask, context} = this;
    const {data, width, height} = mask;
    const [left, top] = [Math.max(0, x0 - 1), Math.max(0, y0 - 1)];
    const [right, bottom] = [Math.min(width, x1 + 1),
      Math.min(height, y1 + 1)];
    if (right <= left || bottom <= top) return;
    const image = context.createImageData(right - left, bottom - top);
    const out = image.data;
    const table = this.table();
    const inner = Math.round(this.opacity * 255);
    const outline = Math.min(255, Math.round(inner * 1.9));
    let place = 0;
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1, place += 4) {
        const at = y * width + x;
        const value = data[at];
        if (value === 0) continue;
        if (value === IGNORE) {
          const tile = ((x >> 2) + (y >> 2)) & 1;
          out.fill(tile ? 232 : 90, place, place + 3);
          out[place + 3] = inner >> 1;
          continue;
        }
        out[place] = table[value * 3];
        out[place + 1] = table[value * 3 + 1];
        out[place + 2] = table[value * 3 + 2];
        const edge = (x > 0 && data[at - 1] !== value)
          || (x + 1 < width && data[at + 1] !== value)
          || (y > 0 && data[at - width] !== value)
          || (y + 1 < height && data[at + width] !== value);
        out[place + 3] = edge ? outline : inner;
      }
    }
    context.putImageData(image, left, top);
  }
}

const HEAT = [[24, 12, 60], [106, 23, 110], [187, 55, 84], [243, 120, 25],
  [252, 200, 60], [252, 255, 200]];

/** Color of a score of 0..1, from dark violet to pale yellow. */
export function heat(score) {
  const place = Math.min(0.9999, score) * (HEAT.length - 1);
  const low = Math.floor(place);
  return HEAT[low].map((c, i) => c + (HEAT[low + 1][i] - c) * (place - low));
}

/** A canvas of a CAM, at the stride of its file. */
export function camSheet({data, width, height}) {
  const canvas = sheet(width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  const table = Array.from({length: 256}, (_, i) => heat(i / 255));
  data.forEach((value, i) => {
    image.data.set(table[value], i * 4);
    image.data[i * 4 + 3] = Math.min(255, value * 1.6);
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

/** A canvas of one color where an array is not 0. */
export function regionSheet({data, width, height}, color) {
  const canvas = sheet(width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let i = 0; i < data.length; i += 1) {
    if (!data[i]) continue;
    image.data.set(color, i * 4);
    const x = i % width;
    const edge = !data[i - width] || !data[i + width]
      || (x && !data[i - 1]) || (x + 1 < width && !data[i + 1]);
    image.data[i * 4 + 3] = edge ? 255 : 130;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
