// Features along a sequence: zoom, pan, choose, jump. Drawn from what GET features answers for the
// view, so that a genome of any size costs the same here.

import {sentence} from "/page/api.js";
import {announce, element, notice, set_text} from "/page/dom.js";
import {feature_details, feature_table, place_text} from "/page/feature_details.js";
import {whole} from "/page/format.js";
import {density_height, draw_density, draw_lanes, draw_overview, draw_ruler, feature_y, kFeatureHeight, kLanesTop, kOverview,
  lane_places} from "/page/genome_draw.js";
import {colour_name, lanes} from "/page/genome_layout.js";
import {find_feature, parse_place} from "/page/genome_search.js";
import {GenomeSource} from "/page/genome_source.js";
import {Range} from "/page/range.js";
import {RangeControls} from "/page/range_controls.js";
import {SharpCanvas} from "/page/sharp_canvas.js";

const kRefreshMs = 1000;
const kMostSequences = 500;
const kManyMs = 10000;  // reads by the thousand are listed less often

export class GenomePanel {
  constructor(model) {
    this.model = model;
    this.view = new Range(0, 1000, 20);
    this.sequence = "";
    this.length = 0;
    this.chosen = null;
    this.made = lanes([], 0);
    this.places = lane_places(this.made);
    this.source = new GenomeSource(model.status.id, () => this.arrived());
    this.build();
    this.timer = setInterval(() => this.refresh(), kRefreshMs);
    this.stale = true;
    model.listen((changed) => {
      if (changed.has("features") || changed.has("sequences")) this.stale = true;
      if (changed.has("status")) this.sharp.invalidate();
    });
    this.refresh();
  }

  build() {
    this.sharp = new SharpCanvas({class: "genome", role: "img", tabindex: "0", "aria-label": "Features along the sequence"},
      (context, width, height) => this.paint(context, width, height));
    new RangeControls(this.sharp.canvas, {range: this.view, on_change: () => this.moved(),
      on_click: (x, y) => this.click(x, y)});
    this.sharp.canvas.addEventListener("keydown", (event) => this.key(event));
    this.select = element("select", {"aria-label": "Sequence", on: {change: () => this.choose_sequence(this.select.value)}});
    this.search = element("input", {type: "search", id: "jump", placeholder: "gene or position (/)",
      "aria-label": "Jump to a gene or position"});
    this.trouble = notice();  // of asking the daemon
    this.problem = notice();  // of what was typed
    this.caption = element("span", {class: "quiet", "data-role": "view"}, "no sequence yet");
    this.types = element("ul", {class: "types", "aria-label": "Colours of types"});
    this.details = element("div", {});
    this.listing = element("details", {class: "listing", on: {toggle: () => this.fill_table()}}, element("summary", {}, "Features in view as a table"));
    const act = (name, label, action) => element("button", {type: "button", class: "icon", "aria-label": label,
      on: {click: () => {
        action();
        this.moved();
      }}}, name);
    this.element = element("section", {class: "panel", "aria-label": "Track view"},
      element("header", {}, element("h2", {}, "Track view"), this.select, this.caption,
        element("div", {class: "controls"}, element("form", {class: "jump", role: "search", on: {submit: (event) => this.jump(event)}}, this.search,
          element("button", {type: "submit"}, "Go")),
        act("←", "To the left", () => this.view.pan(-0.4)), act("→", "To the right", () => this.view.pan(0.4)),
        act("+", "Closer", () => this.view.zoom(0.5)), act("−", "Further", () => this.view.zoom(2)),
        element("button", {type: "button", on: {click: () => {
          this.view.whole();
          this.moved();
        }}}, "All"))),
      this.trouble, this.problem, this.sharp.canvas, this.types, this.details, this.listing);
  }

  close() {
    clearInterval(this.timer);
    this.sharp.close();
  }

  async refresh() {
    if (document.hidden || !this.stale || this.reading) return;
    this.stale = false;
    this.reading = true;
    try {
      const many = this.list?.length > kMostSequences && performance.now() - this.listed < kManyMs;
      if (!many) {
        this.set_sequences(await this.source.sequences());
        this.listed = performance.now();
      }
      this.trouble.say("");
    } catch (error) {
      this.trouble.say(sentence(error));
      this.stale = true;
    }
    this.reading = false;
    if (this.sequence) this.source.want(this.sequence, this.view, this.length, true);
  }

  set_sequences(list) {
    this.list = list;
    if (!list.length) return;
    const names = list.slice(0, kMostSequences).map(({name}) => name);
    if (this.shown_names !== names.length) {
      this.shown_names = names.length;
      this.select.replaceChildren(...names.map((name) => element("option", {value: name}, name)));
      this.select.value = this.sequence;
    }
    if (!this.sequence) this.choose_sequence(list[0].name);
    else this.fit_length();
  }

  /** The whole of a sequence still being read is what has been read of it. */
  fit_length() {
    const told = this.list.find(({name}) => name === this.sequence);
    const {sequence, position, length} = this.model.status;
    const read = sequence === this.sequence ? Math.max(position, length) : 0;
    this.length = Math.max(told?.length ?? 0, read, 100);
    this.view.set_whole(0, this.length);
  }

  choose_sequence(name) {
    this.sequence = name;
    this.select.value = name;
    this.fit_length();
    this.view.whole();
    this.choose(null);
    this.moved();
  }

  moved() {
    const {begin, end, span} = this.view;
    set_text(this.caption, `${whole(begin + 1)} – ${whole(end)} of ${whole(this.length)}`);
    this.sharp.canvas.dataset.span = Math.round(span);
    this.sharp.canvas.setAttribute("aria-label",
      `${this.sequence}, bases ${whole(begin + 1)} to ${whole(end)}: ${this.told()}`);
    if (this.sequence) this.source.want(this.sequence, this.view, this.length);
    this.lay_out();
  }

  told() {
    const count = this.in_view().length;
    return this.source.held?.bins ? "density of features" : `${count} features`;
  }

  in_view() {
    const features = this.source.held?.features ?? [];
    return features.filter(({begin, end}) => end > this.view.begin && begin < this.view.end);
  }

  arrived() {
    this.trouble.say(this.source.error);
    if (this.chosen) {
      this.chosen = this.source.held?.features?.find((each) => same(each, this.chosen)) ?? this.chosen;
    }
    this.moved();
    this.fill_table();
    this.fill_types();
  }

  fill_types() {
    const names = [...new Set((this.source.held?.features ?? []).map(({type}) => type))].sort();
    if (this.types.dataset.names === names.join()) return;
    this.types.dataset.names = names.join();
    this.types.replaceChildren(...names.map((name) => element("li", {class: `swatch of-${colour_name(name)}`}, name)));
  }

  lay_out() {
    const {held} = this.source;
    const width = Math.max(this.sharp.canvas.clientWidth, 1);
    this.made = lanes(held?.features ?? [], (this.view.span / width) * 2);
    this.places = lane_places(this.made);
    const tall = held?.bins ? density_height : this.places.height;
    // It only grows: a view that changes its height while it is dragged cannot be aimed at.
    this.tall = Math.max(this.tall ?? 0, tall);
    this.sharp.canvas.style.height = `${this.tall}px`;
    this.sharp.invalidate();
  }

  fill_table() {
    if (!this.listing.open) return;
    const summary = this.listing.firstChild;
    this.listing.replaceChildren(summary, feature_table(this.in_view(), (feature) => this.choose(feature)));
  }

  paint(context, width, height) {
    const {held, overview} = this.source;
    const {view} = this;
    draw_overview(context, {overview: overview?.sequence === this.sequence ? overview : null, view, width});
    const {sequence, position} = this.model.status;
    const tall = held?.bins ? density_height - 16 : height;
    draw_ruler(context, {view, width, height: tall - kLanesTop + 5, position: sequence === this.sequence ? position : -1});
    if (held?.sequence !== this.sequence) return;
    if (held.bins) draw_density(context, {held, view, width});
    else draw_lanes(context, {made: this.made, places: this.places, view, width, chosen: this.chosen});
  }

  click(x, y) {
    const at = x / this.sharp.canvas.clientWidth;
    if (y < kOverview) {
      const middle = this.view.low + at * (this.view.high - this.view.low);
      this.view.show(middle - this.view.span / 2, middle + this.view.span / 2);
      this.moved();
      return;
    }
    if (y < kLanesTop || !this.source.held) return;
    const base = this.view.begin + at * this.view.span;
    if (this.source.held.bins) {
      this.view.zoom(0.2, at);
      this.moved();
      return;
    }
    const slack = (this.view.span / this.sharp.canvas.clientWidth) * 3;
    this.choose(this.in_view().find((feature) => {
      const top = feature_y(this.places, feature);
      return y >= top && y <= top + kFeatureHeight && base >= feature.begin - slack && base <= feature.end + slack;
    }) ?? null);
  }

  /** Neighbours by key, so that every feature can be reached without a pointer. */
  key(event) {
    const step = {"]": 1, "[": -1}[event.key];
    if (!step && event.key !== "Escape") return;
    event.preventDefault();
    if (!step) {
      this.choose(null);
      return;
    }
    const features = this.in_view().sort((a, b) => a.begin - b.begin);
    if (!features.length) return;
    const now = features.findIndex((feature) => same(feature, this.chosen));
    const next = now < 0 ? (step > 0 ? 0 : features.length - 1) : Math.min(Math.max(now + step, 0), features.length - 1);
    this.choose(features[next]);
  }

  choose(feature) {
    this.chosen = feature;
    this.details.replaceChildren(...(feature ? [feature_details(feature, () => this.choose(null))] : []));
    if (feature) announce(`${feature.type} ${feature.name ?? feature.id ?? ""} at ${place_text(feature)}`);
    this.sharp.invalidate();
  }

  async jump(event) {
    event.preventDefault();
    const text = this.search.value;
    if (!text.trim()) return;
    this.problem.say("");
    const place = parse_place(text);
    if (place) {
      this.jump_to(place);
      return;
    }
    try {
      const feature = await find_feature(this.source, this.sequence, this.length, text);
      if (!feature) throw new Error(`Nothing on ${this.sequence} is called "${text}".`);
      this.jump_to(feature);
      this.choose(feature);
    } catch (error) {
      this.problem.say(sentence(error));
    }
  }

  jump_to({sequence, begin, end}) {
    if (sequence && sequence !== this.sequence) {
      if (!this.list.some(({name}) => name === sequence)) {
        this.problem.say(`No sequence is called "${sequence}".`);
        return;
      }
      this.choose_sequence(sequence);
    }
    if (begin >= this.length) {
      this.problem.say(`${this.sequence} has ${whole(this.length)} bases; ${whole(begin + 1)} is beyond its end.`);
      return;
    }
    const around = Math.max((end - begin) * 1.5, 500);
    this.view.show(begin - around, end + around);
    this.moved();
    this.sharp.canvas.focus();
  }
}

function same(a, b) {
  return Boolean(a && b && a.begin === b.begin && a.end === b.end && a.type === b.type && a.strand === b.strand);
}
