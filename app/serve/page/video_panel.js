// Live frames with the boxes that belong to them. Frames and boxes come by two ways (GET frame.jpg and
// `tracks` events); they are matched by frame number, so that no box runs ahead of its picture.

import {request} from "/page/api.js";
import {element, set_text} from "/page/dom.js";
import {duration} from "/page/format.js";
import {SharpCanvas} from "/page/sharp_canvas.js";
import {has_ended} from "/page/stream_model.js";
import {draw_frame} from "/page/video_draw.js";

const kPatienceMs = 400;     // a picture waits this long for its boxes
const kQuietMs = 40;         // after "none newer"; grows to
const kLongestQuietMs = 500;

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export class VideoPanel {
  constructor(model, selection) {
    this.model = model;
    this.selection = selection;
    this.shown = null;    // {bitmap, frame, time}
    this.waiting = null;  // the same, with `arrived`
    this.boxes = null;    // {time, tracks} of what is shown
    this.show = {boxes: true, trails: true, labels: true};
    this.frozen = false;
    this.closed = false;
    this.sharp = new SharpCanvas(
      {class: "picture", role: "img", tabindex: "0", "aria-label": "No frame yet",
       on: {click: (event) => this.click(event), keydown: (event) => this.key(event)}},
      (context, width, height) => this.paint(context, width, height));
    this.caption = element("span", {class: "quiet"}, "waiting for the first frame");
    this.freeze_button = element("button", {type: "button", "aria-pressed": "false", on: {click: () => this.freeze()}}, "Freeze");
    this.element = element("section", {class: "panel", "aria-label": "Live picture"},
      element("header", {}, element("h2", {}, "Picture"), this.caption,
        element("div", {class: "controls"},
          element("span", {class: "checks"}, ...Object.keys(this.show).map((name) => this.toggle(name))),
          this.freeze_button,
          element("button", {type: "button", title: "Full screen (f)", "aria-label": "Full screen",
            on: {click: () => this.fill()}}, "Full"))),
      this.sharp.canvas);
    this.poll();
    this.tick();
  }

  toggle(name) {
    const box = element("input", {type: "checkbox", checked: true});
    box.addEventListener("change", () => {
      this.show[name] = box.checked;
      this.sharp.invalidate();
    });
    return element("label", {class: "check"}, box, name);
  }

  freeze() {
    this.frozen = !this.frozen;
    this.freeze_button.setAttribute("aria-pressed", String(this.frozen));
    set_text(this.freeze_button, this.frozen ? "Go on" : "Freeze");
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.sharp.canvas.requestFullscreen?.();
  }

  key(event) {
    if (event.key !== " ") return;
    event.preventDefault();
    this.freeze();
  }

  close() {
    this.closed = true;
    this.sharp.close();
    this.abort?.abort();
  }

  async poll() {
    let quiet = kQuietMs;
    while (!this.closed) {
      const idle = document.hidden || !this.sharp.visible || this.frozen || this.waiting;
      if (idle) {
        await pause(this.waiting ? 15 : 250);
        continue;
      }
      let found = false;
      try {
        found = await this.get_frame();
      } catch {
        quiet = kLongestQuietMs;  // the list's pill tells that the daemon is away
      }
      if (!found && has_ended(this.model.status.state)) {
        if (!this.shown) this.say_none();
        return;
      }
      quiet = found ? kQuietMs : Math.min(quiet * 1.5, kLongestQuietMs);
      await pause(found ? 0 : quiet);
    }
  }

  /** It has ended, with none or in an earlier daemon. */
  say_none() {
    set_text(this.caption, "it has ended, and no picture is left");
    this.sharp.canvas.setAttribute("aria-label", "No picture is left");
    this.sharp.canvas.classList.add("empty");
  }

  async get_frame() {
    const newest = this.shown ? `&after=${this.shown.frame}` : "";
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    // In steps, so that a window being resized does not ask for a new size each time.
    const width = Math.min(Math.max(Math.ceil(this.sharp.canvas.clientWidth * scale / 160), 2) * 160, 1920);
    this.abort = new AbortController();
    const id = encodeURIComponent(this.model.status.id);
    const response = await request(`/v1/streams/${id}/frame.jpg?width=${width}${newest}`,
      {signal: this.abort.signal, cache: "no-store"});
    if (response.status === 204) return false;
    const bitmap = await createImageBitmap(await response.blob());
    if (this.closed) return false;
    const frame = Number(response.headers.get("X-Heddle-Frame"));
    const time = Number(response.headers.get("X-Heddle-Time"));
    this.waiting = {bitmap, frame, time, arrived: performance.now()};
    return true;
  }

  /** Each display frame: a waiting picture is shown when its boxes are there, or will not come. */
  tick() {
    if (this.closed) return;
    const next = this.waiting;
    if (next) {
      const known = this.model.tracks.last_frame >= next.frame;
      if (known || performance.now() - next.arrived > kPatienceMs) this.take(next);
    }
    requestAnimationFrame(() => this.tick());
  }

  take(next) {
    this.waiting = null;
    this.shown?.bitmap.close();
    this.shown = next;
    this.boxes = this.model.tracks.at(next.frame);
    const {width, height} = this.model.size ?? next.bitmap;
    this.sharp.canvas.style.aspectRatio = `${width} / ${height}`;
    this.describe();
    this.sharp.invalidate();
  }

  describe() {
    const ids = this.boxes?.tracks.map((track) => track.id) ?? [];
    set_text(this.caption, `frame ${this.shown.frame} · ${duration(this.shown.time, 1)}`);
    this.sharp.canvas.dataset.frame = this.shown.frame;
    this.sharp.canvas.dataset.boxes = ids.length;
    const now = performance.now();
    if (now - (this.described ?? -Infinity) < 2000) return;  // screen readers need no more
    this.described = now;
    this.sharp.canvas.setAttribute("aria-label",
      `Frame ${this.shown.frame}: ${ids.length ? `identities ${ids.join(", ")}` : "no objects"}`);
  }

  paint(context, width, height) {
    if (!this.shown) return;
    this.frame_box = draw_frame(context, {
      width, height, shown: this.shown, boxes: this.boxes, size: this.model.size ?? this.shown.bitmap,
      show: this.show, identities: this.model.tracks.identities, selected: this.selection.id,
    });
  }

  /** The smallest box below the pointer becomes the selected identity. */
  click(event) {
    if (!this.frame_box || !this.boxes) return;
    const {left, top, scale} = this.frame_box;
    const x = (event.offsetX - left) / scale;
    const y = (event.offsetY - top) / scale;
    const hits = this.boxes.tracks
      .filter((box) => x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h)
      .sort((a, b) => a.w * a.h - b.w * b.h);
    this.selection.choose(hits[0]?.id ?? null);
  }
}
