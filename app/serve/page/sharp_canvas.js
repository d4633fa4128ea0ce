// A canvas with as many pixels as the display has, redrawn once a frame at most, and only where it can
// be seen.

import {element} from "/page/dom.js";
import {when_theme_changes} from "/page/theme.js";

export class SharpCanvas {
  /** draw(context, width, height) in CSS pixels. */
  constructor(properties, draw) {
    this.canvas = element("canvas", properties);
    this.draw = draw;
    this.scheduled = false;
    this.visible = true;
    this.observer = new ResizeObserver(() => this.invalidate());
    this.observer.observe(this.canvas);
    this.sight = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1).isIntersecting;
      if (this.visible) this.invalidate();
    });
    this.sight.observe(this.canvas);
    this.end_theme = when_theme_changes(() => this.invalidate());
  }

  invalidate() {
    if (this.scheduled || !this.visible) return;
    this.scheduled = true;
    requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.scheduled = false;
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    if (!width || !height) return;
    const scale = window.devicePixelRatio || 1;
    const across = Math.round(width * scale);
    const down = Math.round(height * scale);
    if (this.canvas.width !== across || this.canvas.height !== down) {
      this.canvas.width = across;
      this.canvas.height = down;
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    this.draw(context, width, height);
  }

  close() {
    this.observer.disconnect();
    this.sight.disconnect();
    this.end_theme();
  }
}

export const kFont = "12px system-ui, sans-serif";
