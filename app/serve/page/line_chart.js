// A small chart of the last minute, or up to five: one or more lines over time, with a reading at the pointer.

import {element, set_text} from "/page/dom.js";
import {ticks} from "/page/range.js";
import {kFont, SharpCanvas} from "/page/sharp_canvas.js";
import {theme_colours} from "/page/theme.js";

const kSpans = [60, 120, 300];  // seconds: the first that holds all points
const kLeft = 64;
const kBottom = 18;
const kTop = 8;
const kHeldFrom = 2000;  // ms

/** "14 ms", "91 ms" -> "14 / 91 ms", "523 ms", "1.20 s" -> "0.52 / 1.20 s": a unit is told once. */
function together(given) {
  const slow = given.some((text) => text.endsWith(" s"));
  const texts = given.map((text) => slow && text.endsWith(" ms") ? `${(parseFloat(text) / 1000).toFixed(2)} s` : text);
  const units = texts.map((text) => text.split(" ")[1] ?? "");
  if (units.some((unit) => unit !== units[0])) return texts.join(" / ");
  return texts.map((text) => text.split(" ")[0]).join(" / ") + (units[0] && ` ${units[0]}`);
}

export class LineChart {
  /** Points are {at: ms, ...}, each holds until the next. series: [{name, of(point)}]; format(value) to text; limit(): a level to show, or NaN;
   *  binary: axis steps are round numbers of KiB, MiB, ... */
  constructor({title, series, format, limit = () => NaN, binary = false}) {
    Object.assign(this, {title, series, format, limit, binary});
    this.points = [];
    this.end = NaN;  // ms: the right border
    this.span = kSpans[0];
    this.hover = null;
    this.now = element("output", {class: "figure"}, "–");
    this.sharp = new SharpCanvas({class: "chart", role: "img", "aria-label": title,
      on: {pointermove: (event) => this.point_at(event.offsetX), pointerleave: () => this.point_at(null)}},
      (context, width, height) => this.paint(context, width, height));
    this.element = element("figure", {class: "chart-box"},
      element("figcaption", {}, element("span", {}, title), element("span", {class: "grow"}), this.now),
      this.sharp.canvas);
  }

  close() {
    this.sharp.close();
  }

  point_at(x) {
    this.hover = x;
    this.sharp.invalidate();
  }

  set_points(points, now) {
    this.points = points;
    this.end = now;
    const age = points.length ? (now - points[0].at) / 1000 : 0;
    this.span = kSpans.find((seconds) => seconds >= age) ?? kSpans.at(-1);
    this.tell(points.at(-1), "");
    this.sharp.invalidate();
  }

  tell(point, when) {
    const text = point ? together(this.series.map(({of}) => this.format(of(point)))) : "–";
    set_text(this.now, text + when);
    if (!when) this.sharp.canvas.setAttribute("aria-label", `${this.title}: ${text}`);
  }

  paint(context, width, height) {
    const colours = theme_colours();
    const values = this.points.flatMap((point) => this.series.map(({of}) => of(point))).filter(Number.isFinite);
    const limit = this.limit();
    const top_value = Math.max(...values, 0);
    // A limit far above would press the line flat: it is drawn where it is near.
    const high = (limit < top_value * 4 ? Math.max(limit, top_value) : top_value) * 1.1 || 1;
    const x_of = (at) => Math.max(width - ((this.end - at) / 1000 / this.span) * (width - kLeft), kLeft);
    const y_of = (value) => height - kBottom - (value / high) * (height - kBottom - kTop);
    this.paint_axes(context, {width, height, high, y_of, colours});
    if (limit <= high) this.paint_limit(context, y_of(limit), width, colours);
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    this.series.forEach(({of}, s) => {
      context.strokeStyle = colours[`series-${s + 1}`];
      context.beginPath();
      let last = NaN;
      let until = NaN;
      for (const point of this.points) {
        const value = of(point);
        // It is told each second in which it changes: until a second ago it was as before.
        if (Number.isFinite(last) && point.at - until > kHeldFrom) context.lineTo(x_of(point.at - 1000), y_of(last));
        if (Number.isFinite(value) && Number.isFinite(last)) context.lineTo(x_of(point.at), y_of(value));
        else if (Number.isFinite(value)) context.moveTo(x_of(point.at), y_of(value));
        last = value;
        until = point.at;
      }
      if (Number.isFinite(last)) context.lineTo(x_of(this.end), y_of(last));
      context.stroke();
    });
    if (this.series.length > 1) this.paint_names(context, colours);
    this.paint_hover(context, {width, height, x_of, colours});
  }

  paint_names(context, colours) {
    let x = kLeft + 4;
    this.series.forEach(({name}, s) => {
      context.fillStyle = colours[`series-${s + 1}`];
      context.fillText(name, x, kTop + 6);
      x += context.measureText(name).width + 10;
    });
  }

  paint_axes(context, {width, height, high, y_of, colours}) {
    context.font = kFont;
    context.textAlign = "right";
    context.textBaseline = "middle";
    const base = this.binary && high >= 1 ? 1024 ** Math.floor(Math.log2(high) / 10) : 1;
    for (const value of ticks(0, high / base, 3).map((each) => each * base)) {
      context.fillStyle = colours.line;
      context.fillRect(kLeft, Math.round(y_of(value)), width - kLeft, 1);
      context.fillStyle = colours.quiet;
      context.fillText(this.format(value), kLeft - 6, y_of(value));
    }
    context.textAlign = "center";
    const step = (this.span > 120 ? 60 : this.span / 6) * (width < 330 ? 2 : 1);
    for (let back = step; back < this.span; back += step) {
      const text = back % 60 ? `−${back} s` : `−${back / 60} min`;
      context.fillText(text, Math.round(width - (back / this.span) * (width - kLeft)), height - 7);
    }
    context.textAlign = "left";
  }

  paint_limit(context, y, width, colours) {
    context.strokeStyle = colours.warn;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(kLeft, y);
    context.lineTo(width, y);
    context.stroke();
    context.setLineDash([]);
  }

  paint_hover(context, {width, height, x_of, colours}) {
    if (this.hover === null || !this.points.length) {
      this.tell(this.points.at(-1), "");
      return;
    }
    const at = this.end - ((width - this.hover) / (width - kLeft)) * this.span * 1000;
    const point = this.points.findLast((each) => each.at <= at) ?? this.points[0];
    const shown = Math.min(Math.max(at, point.at), this.end);
    context.fillStyle = colours.quiet;
    context.fillRect(x_of(shown), kTop, 1, height - kTop - kBottom);
    this.tell(point, ` · ${Math.round((this.end - shown) / 1000)} s ago`);
  }
}
