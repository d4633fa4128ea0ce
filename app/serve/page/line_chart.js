// A small chart of the last five minutes: one or more lines over seconds, with a reading at the pointer.

import {element, set_text} from "/page/dom.js";
import {ticks} from "/page/range.js";
import {kFont, SharpCanvas} from "/page/sharp_canvas.js";
import {theme_colours} from "/page/theme.js";

const kSeconds = 300;
const kLeft = 64;
const kBottom = 18;
const kTop = 8;

/** "14 ms", "91 ms" -> "14 / 91 ms": a unit that all share is told once. */
function together(texts) {
  const units = texts.map((text) => text.split(" ")[1] ?? "");
  if (units.some((unit) => unit !== units[0])) return texts.join(" / ");
  return texts.map((text) => text.split(" ")[0]).join(" / ") + (units[0] && ` ${units[0]}`);
}

export class LineChart {
  /** series: [{name, of(point)}]; format(value) to text; limit(): a level to show, or NaN;
   *  binary: axis steps are round numbers of KiB, MiB, ... */
  constructor({title, series, format, limit = () => NaN, binary = false}) {
    Object.assign(this, {title, series, format, limit, binary});
    this.points = [];
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

  set_points(points) {
    this.points = points;
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
    const x_of = (i) => width - ((this.points.length - 1 - i) / kSeconds) * (width - kLeft);
    const y_of = (value) => height - kBottom - (value / high) * (height - kBottom - kTop);
    this.paint_axes(context, {width, height, high, y_of, colours});
    if (limit <= high) this.paint_limit(context, y_of(limit), width, colours);
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    this.series.forEach(({of}, s) => {
      context.strokeStyle = colours[`series-${s + 1}`];
      context.beginPath();
      let open = false;
      this.points.forEach((point, i) => {
        const value = of(point);
        if (!Number.isFinite(value)) open = false;
        else if (open) context.lineTo(x_of(i), y_of(value));
        else {
          context.moveTo(x_of(i), y_of(value));
          open = true;
        }
      });
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
    for (let minutes = 1; minutes < 5; minutes += width < 330 ? 2 : 1) {
      context.fillText(`−${minutes} min`, width - (minutes * 60 / kSeconds) * (width - kLeft), height - 7);
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
    const back = Math.round(((width - this.hover) / (width - kLeft)) * kSeconds);
    const i = Math.min(Math.max(this.points.length - 1 - back, 0), this.points.length - 1);
    context.fillStyle = colours.quiet;
    context.fillRect(x_of(i), kTop, 1, height - kTop - kBottom);
    this.tell(this.points[i], ` · ${this.points.length - 1 - i} s ago`);
  }
}
