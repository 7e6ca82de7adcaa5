/** Pixels of a mask, and the shapes that change them. */

export class Mask {
  constructor(data, width, height) {
    this.data = data;
    this.width = width;
    this.height = height;
    this.listeners = [];
  }

  onChange(listen) { this.listeners.push(listen); }

  changed(box) { for (const listen of this.listeners) listen(box); }

  at(x, y) {
    const inside = x >= 0 && y >= 0 && x < this.width && y < this.height;
    return inside ? this.data[y * this.width + x] : null;
  }

  clip([x0, y0, x1, y1]) {
    return [Math.max(0, Math.floor(x0)), Math.max(0, Math.floor(y0)),
      Math.min(this.width, Math.ceil(x1)), Math.min(this.height,
        Math.ceil(y1))];
  }

  /** Pixels of a box; null if it is empty. */
  cut(box) {
    const [x0, y0, x1, y1] = this.clip(box);
    if (x1 <= x0 || y1 <= y0) return null;
    const width = x1 - x0;
    const data = new Uint8Array(width * (y1 - y0));
    for (let y = y0; y < y1; y += 1) {
      const start = y * this.width + x0;
      data.set(this.data.subarray(start, start + width), (y - y0) * width);
    }
    return {box: [x0, y0, x1, y1], data};
  }

  paste({box: [x0, y0, x1, y1], data}) {
    const width = x1 - x0;
    for (let y = y0; y < y1; y += 1) {
      this.data.set(data.subarray((y - y0) * width, (y - y0 + 1) * width),
        y * this.width + x0);
    }
    this.changed([x0, y0, x1, y1]);
  }

  /** Pixels whose centers are within a radius of a line. */
  line(from, to, radius, value) {
    const box = this.clip([Math.min(from.x, to.x) - radius,
      Math.min(from.y, to.y) - radius, Math.max(from.x, to.x) + radius + 1,
      Math.max(from.y, to.y) + radius + 1]);
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = dx * dx + dy * dy || 1;
    const reach = Math.max(radius * radius, 0.5);
    for (let y = box[1]; y < box[3]; y += 1) {
      for (let x = box[0]; x < box[2]; x += 1) {
        const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
        const t = Math.min(1, Math.max(0, (px * dx + py * dy) / length));
        const [ex, ey] = [px - t * dx, py - t * dy];
        if (ex * ex + ey * ey <= reach) this.data[y * this.width + x] = value;
      }
    }
    this.changed(box);
    return box;
  }

  /** Pixels whose centers are in a polygon, even-odd. */
  polygon(points, value) {
    const box = this.clip(bounds(points));
    for (let y = box[1]; y < box[3]; y += 1) {
      const crossings = rowCrossings(points, y + 0.5);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const start = Math.max(box[0], Math.ceil(crossings[i] - 0.5));
        const stop = Math.min(box[2], Math.ceil(crossings[i + 1] - 0.5));
        if (stop > start) {
          this.data.fill(value, y * this.width + start,
            y * this.width + stop);
        }
      }
    }
    this.changed(box);
    return box;
  }

  /** Pixels where another array of the same size is not 0. */
  region(other, value) {
    for (let i = 0; i < other.length; i += 1) {
      if (other[i]) this.data[i] = value;
    }
    this.changed(this.whole());
  }

  whole() { return [0, 0, this.width, this.height]; }

  classes() {
    const seen = new Set();
    for (const value of this.data) seen.add(value);
    return seen;
  }
}

export function bounds(points) {
  const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs),
    Math.max(...ys)];
}

function rowCrossings(points, y) {
  const found = [];
  points.forEach((a, i) => {
    const b = points[(i + 1) % points.length];
    if ((a.y <= y) !== (b.y <= y)) {
      found.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
    }
  });
  return found.sort((p, q) => p - q);
}

export function union(a, b) {
  if (!a || !b) return a || b;
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]),
    Math.max(a[3], b[3])];
}
