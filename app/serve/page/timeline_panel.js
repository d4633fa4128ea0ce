// Who was seen when: one row an identity, gaps of the stream hatched over all rows.

import {element, set_text} from "/page/dom.js";
import {duration} from "/page/format.js";
import {Range, ticks} from "/page/range.js";
import {RangeControls} from "/page/range_controls.js";
import {kFont, SharpCanvas} from "/page/sharp_canvas.js";
import {identity_colour, theme_colours} from "/page/theme.js";

const kRow = 18;
const kRuler = 22;
const kNames = 44;           // pixels at the left for ids
const kFollowSeconds = 60;
const kTall = 280;           // rows beyond scroll
const kTallBeside = 440;
const kBeside = matchMedia("(min-width: 1300px)");  // beside the picture, see panels.css

export class TimelinePanel {
  constructor(model, selection) {
    this.model = model;
    this.selection = selection;
    this.range = new Range(0, 1, 0.2);
    this.following = true;
    this.rows = [];
    this.sharp = new SharpCanvas({class: "timeline", role: "img", tabindex: "0", "aria-label": "Identities over time"},
      (context, width, height) => this.paint(context, width, height));
    this.controls = new RangeControls(this.sharp.canvas, {
      range: this.range, wheel: "ctrl",
      on_change: () => this.moved(),
      on_click: (x, y) => this.click(y),
    });
    this.spacer = element("div", {class: "spacer"});
    this.scroller = element("div", {class: "timeline-rows", on: {scroll: () => this.sharp.invalidate()}},
      this.sharp.canvas, this.spacer);
    this.follow_button = element("button", {type: "button", "aria-pressed": "true", on: {click: () => this.follow()}}, "Follow");
    this.caption = element("span", {class: "quiet"}, "nobody yet");
    const zoom = (factor) => () => {
      this.range.zoom(factor);
      this.moved();
    };
    this.element = element("section", {class: "panel", "aria-label": "Identities over time"},
      element("header", {}, element("h2", {}, "Identities"), this.caption,
        element("div", {class: "controls"},
          element("button", {type: "button", class: "icon", "aria-label": "Closer", on: {click: zoom(0.5)}}, "+"),
          element("button", {type: "button", class: "icon", "aria-label": "Further", on: {click: zoom(2)}}, "−"),
          element("button", {type: "button", on: {click: () => this.show_all()}}, "All"),
          this.follow_button)),
      this.scroller);
    model.listen((changed) => {
      if (changed.has("tracks") || changed.has("gaps")) this.update();
    });
    selection.listen(() => this.sharp.invalidate());
  }

  close() {
    this.sharp.close();
  }

  follow() {
    this.following = true;
    this.update();
  }

  show_all() {
    this.range.whole();
    this.moved();
  }

  moved() {
    this.following = false;
    this.follow_button.setAttribute("aria-pressed", "false");
    this.sharp.invalidate();
  }

  update() {
    const {first_time, last_time} = this.model.tracks;
    if (!Number.isFinite(first_time)) return;
    this.range.set_whole(first_time, last_time);
    if (this.following) {
      this.range.show(Math.max(first_time, last_time - kFollowSeconds), last_time);
      this.follow_button.setAttribute("aria-pressed", "true");
    }
    const rows = this.model.tracks.rows();
    if (rows.length !== this.rows.length) {
      // The newest identities are the ones to look at, unless somebody scrolled away from them.
      const at_end = this.scroller.scrollTop + this.scroller.clientHeight >= this.scroller.scrollHeight - kRow;
      this.rows = rows;
      const tall = rows.length * kRow + kRuler + 4;
      const most = kBeside.matches ? kTallBeside : kTall;
      const height = Math.min(Math.max(tall, 100), most);
      this.sharp.canvas.style.height = this.scroller.style.height = `${height}px`;
      this.spacer.style.height = `${tall - height}px`;
      if (at_end) this.scroller.scrollTop = this.scroller.scrollHeight;
      set_text(this.caption, `${rows.length} ${rows.length === 1 ? "identity" : "identities"}`);
    }
    this.rows = rows;
    this.describe(first_time, last_time);
    this.sharp.invalidate();
  }

  describe(first_time, last_time) {
    const now = performance.now();
    if (now - (this.described ?? -Infinity) < 2000) return;  // screen readers need no more
    this.described = now;
    const here = this.rows.filter(({spans}) => spans.at(-1)?.[1] >= last_time - 1).map(({id}) => id);
    this.sharp.canvas.setAttribute("aria-label",
      `Identities over time, ${duration(first_time)} to ${duration(last_time)}: ${this.caption.textContent}; ` +
      (here.length ? `at the end ${here.slice(0, 20).join(", ")}` : "none at the end"));
  }

  click(y) {
    const row = this.rows[Math.floor((y - kRuler + this.scroller.scrollTop) / kRow)];
    if (y > kRuler && row) this.selection.choose(row.id);
  }

  paint(context, width, height) {
    const place = (time) => kNames + ((time - this.range.begin) / this.range.span) * (width - kNames);
    const colours = theme_colours();
    if (!this.rows.length) return;
    context.font = kFont;
    this.paint_gaps(context, place, height);
    this.paint_ruler(context, place, width, height, colours);
    const top = kRuler - this.scroller.scrollTop;
    context.save();
    context.beginPath();
    context.rect(0, kRuler, width, height - kRuler);
    context.clip();
    const first = Math.max(Math.floor(-top / kRow), 0);
    const last = Math.min(Math.ceil((height - top) / kRow), this.rows.length);
    for (let i = first; i < last; ++i) this.paint_row(context, this.rows[i], top + i * kRow, place, width, colours);
    context.restore();
  }

  paint_row(context, row, y, place, width, colours) {
    const chosen = this.selection.id === row.id;
    if (chosen) {
      context.fillStyle = colours.sunken;
      context.fillRect(0, y, width, kRow);
    }
    context.globalAlpha = this.selection.id === null || chosen ? 1 : 0.35;
    context.fillStyle = identity_colour(row.id);
    for (const [begin, end] of row.spans) {
      if (end < this.range.begin || begin > this.range.end) continue;
      const left = Math.max(place(begin), kNames);
      context.fillRect(left, y + 4, Math.max(place(end) - left, 2), kRow - 8);
    }
    context.globalAlpha = 1;
    context.fillStyle = colours.text;
    context.textBaseline = "middle";
    context.textAlign = "right";
    context.fillText(String(row.id), kNames - 8, y + kRow / 2 + 0.5);
    context.textAlign = "left";
  }

  paint_ruler(context, place, width, height, colours) {
    context.textBaseline = "middle";
    context.textAlign = "center";
    for (const time of ticks(this.range.begin, this.range.end, width / 110)) {
      const x = place(time);
      context.fillStyle = colours.line;
      context.fillRect(x, kRuler - 4, 1, height);
      context.fillStyle = colours.quiet;
      if (x > kNames + 12 && x < width - 16) context.fillText(duration(time, this.range.span < 5 ? 1 : 0), x, kRuler / 2);
    }
    context.textAlign = "left";
  }

  paint_gaps(context, place, height) {
    context.fillStyle = theme_colours().warn;
    context.globalAlpha = 0.25;
    for (const {from, to} of this.model.gaps) {
      if (!(to >= this.range.begin && from <= this.range.end)) continue;
      const left = Math.max(place(Math.min(from, to)), kNames);
      context.fillRect(left, kRuler, Math.max(place(to) - left, 2), height);
    }
    context.globalAlpha = 1;
  }
}
