/** What of an image is shown, and how. */
import {getPixels, imagePath} from './api.js';
import {$, toast} from './dom.js';
import {camSheet} from './layers.js';
import {showStrip} from './strip.js';

export const Looks = (Base) => class extends Base {
  setMode(mode) {
    this.stage.tool().cancel();
    this.mode = mode;
    for (const one of ['mask', 'objects']) {
      $(`mode-${one}`).setAttribute('aria-checked', one === mode);
    }
    if (this.stage.name !== 'hand') {
      this.stage.name = mode === 'objects' ? 'points' : 'brush';
    }
    this.stage.refresh();
    this.panel.state();
  }

  toggleMode() { this.setMode(this.mode === 'mask' ? 'objects' : 'mask'); }

  refreshObjects() {
    this.panel.state();
    this.strip();
    this.view.draw();
  }

  choose(place) {
    this.stage.objects.chosen = place;
    this.refreshObjects();
  }

  objectsSaved(name, count) {
    this.update(name, {objects: count});
  }

  setMaskOpacity(value) {
    this.maskOpacity = value;
    $('mask-opacity').value = value * 100;
    $('mask-value').value = `${Math.round(value * 100)}%`;
    if (this.doc) this.doc.layer.setOpacity(value);
    this.view.draw();
  }

  toggleMask() {
    if (this.maskOpacity > 0) this.maskBefore = this.maskOpacity;
    this.setMaskOpacity(this.maskOpacity > 0 ? 0 : this.maskBefore || 0.5);
  }

  setCamOpacity(value) {
    this.camOpacity = value;
    $('cam-value').value = `${Math.round(value * 100)}%`;
    this.view.draw();
  }

  async showCam(label) {
    const {doc} = this;
    const {cam} = this;
    this.cam = label;
    if (label === null) this.camCanvas = null;
    this.panel.state();
    if (label !== null) {
      try {
        const found = await getPixels(
          `${imagePath(doc.name)}/cam?label=${label}`);
        if (doc === this.doc && this.cam === label) {
          this.camCanvas = camSheet(found);
        }
      } catch (failure) {
        this.cam = cam === label ? null : cam;
        toast(failure.message);
      }
    }
    this.view.draw();
  }

  nextCam() {
    if (!this.doc) return;
    const all = [null, ...this.doc.detail.cams];
    this.showCam(all[(all.indexOf(this.cam) + 1) % all.length]);
  }

  setBrush(step) {
    const next = Math.round(this.brush * (step > 0 ? 1.25 : 0.8)) || 1;
    this.brush = Math.min(120, Math.max(1, next === this.brush
      ? next + step : next));
    this.strip();
    this.view.draw();
  }

  cssColor(index) {
    return `rgb(${(this.classes.color(index) || [230, 230, 220]).join(',')})`;
  }

  strip() { showStrip(this); }
};
