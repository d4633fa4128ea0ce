// Wheel, drag, pinch and keys on a canvas that shows a range.

const kDragPixels = 4;  // less is a click

export class RangeControls {
  /** on_change(): the range moved. on_click(x, y). wheel: "zoom", or "ctrl" where the plain wheel must scroll. */
  constructor(canvas, {range, on_change, on_click, on_hover, wheel = "zoom"}) {
    Object.assign(this, {canvas, range, on_change, on_click, on_hover, wheel});
    this.pointers = new Map();
    canvas.addEventListener("wheel", (event) => this.turn(event), {passive: false});
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return {x: event.clientX - box.left, y: event.clientY - box.top, width: box.width};
  }

  turn(event) {
    if (this.wheel === "ctrl" && !event.ctrlKey && !event.metaKey && !event.deltaX) return;
    event.preventDefault();
    const {x, width} = this.place(event);
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.range.pan(event.deltaX / width);
    else this.range.zoom(1.0015 ** event.deltaY, x / width);
    this.on_change();
  }

  down(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    const {x, y} = this.place(event);
    this.pointers.set(event.pointerId, {x, y, from_x: x, from_y: y});
    this.moved = this.pointers.size > 1;
  }

  move(event) {
    const {x, y, width} = this.place(event);
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) {
      this.on_hover?.(x, y);
      return;
    }
    if (this.pointers.size === 2) {
      this.pinch(event.pointerId, x, width);
    } else if (this.moved || Math.abs(x - pointer.from_x) > kDragPixels) {
      this.moved = true;
      this.range.pan((pointer.x - x) / width);
      this.on_change();
    }
    Object.assign(pointer, {x, y});
  }

  pinch(id, x, width) {
    const [other] = [...this.pointers].filter(([each]) => each !== id).map(([, pointer]) => pointer);
    const before = Math.max(Math.abs(this.pointers.get(id).x - other.x), 8);
    const now = Math.max(Math.abs(x - other.x), 8);
    this.moved = true;
    this.range.zoom(before / now, (x + other.x) / 2 / width);
    this.on_change();
  }

  up(event) {
    const pointer = this.pointers.get(event.pointerId);
    this.pointers.delete(event.pointerId);
    if (pointer && !this.moved) this.on_click?.(pointer.x, pointer.y);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = {
      ArrowLeft: () => this.range.pan(-0.2),
      ArrowRight: () => this.range.pan(0.2),
      "+": () => this.range.zoom(0.5),
      "=": () => this.range.zoom(0.5),
      "-": () => this.range.zoom(2),
      0: () => this.range.whole(),
      Home: () => this.range.pan(-(this.range.begin - this.range.low) / this.range.span),
      End: () => this.range.pan((this.range.high - this.range.end) / this.range.span),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
    this.on_change();
  }
}
