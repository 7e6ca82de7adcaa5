/** The canvas: image and layers, zoomed and moved. */

const MOST = 40;
const MARGIN = 24;
const TOOLS = 64;

export class View {
  constructor(canvas, onZoom) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.onZoom = onZoom;
    this.scale = 1;
    this.left = 0;
    this.top = 0;
    this.image = null;
    this.layers = () => [];
    this.marks = () => {};
    this.fitted = true;
    this.asked = false;
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.canvas.addEventListener('wheel', (event) => this.wheel(event),
      {passive: false});
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    if (this.fitted) this.fit();
    this.draw();
  }

  show(image, width, height) {
    const same = this.image && this.width === width
      && this.height === height;
    Object.assign(this, {image, width, height});
    if (!same || this.fitted) this.fit();
    this.draw();
  }

  clear() {
    this.image = null;
    this.draw();
  }

  fit() {
    if (!this.image) return;
    const across = this.canvas.clientWidth - TOOLS - MARGIN;
    const down = this.canvas.clientHeight - 2 * MARGIN;
    this.scale = Math.max(0.02, Math.min(across / this.width,
      down / this.height, MOST));
    this.left = TOOLS + (across - this.width * this.scale) / 2;
    this.top = MARGIN + (down - this.height * this.scale) / 2;
    this.fitted = true;
    this.onZoom(this.scale);
    this.draw();
  }

  wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode ? 30 : 1;
    const factor = Math.exp(-event.deltaY * unit * 0.0016);
    this.zoom(factor, event.offsetX, event.offsetY);
  }

  zoom(factor, x = this.canvas.clientWidth / 2,
    y = this.canvas.clientHeight / 2) {
    const next = Math.min(MOST, Math.max(0.02, this.scale * factor));
    this.left = x - ((x - this.left) * next) / this.scale;
    this.top = y - ((y - this.top) * next) / this.scale;
    this.scale = next;
    this.fitted = false;
    this.onZoom(next);
    this.draw();
  }

  move(dx, dy) {
    this.left += dx;
    this.top += dy;
    this.fitted = false;
    this.draw();
  }

  /** Place of the image below a place of the canvas. */
  toImage(x, y) {
    return {x: (x - this.left) / this.scale, y: (y - this.top) / this.scale};
  }

  draw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.paint();
    });
  }

  paint() {
    const {context, canvas} = this;
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.image) return;
    context.setTransform(ratio * this.scale, 0, 0, ratio * this.scale,
      ratio * this.left, ratio * this.top);
    context.imageSmoothingEnabled = this.scale < 3;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.image, 0, 0, this.width, this.height);
    for (const {sheet, opacity = 1, smooth} of this.layers()) {
      context.imageSmoothingEnabled = smooth || this.scale < 1;
      context.globalAlpha = opacity;
      context.drawImage(sheet, 0, 0, this.width, this.height);
    }
    context.globalAlpha = 1;
    this.marks(context, this.scale);
  }
}
