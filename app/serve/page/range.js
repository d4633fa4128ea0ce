// A visible part [begin, end) of a whole [low, high): zoom and pan that never leave it.

export class Range {
  constructor(low, high, least) {
    this.least = least;  // the smallest span that can be looked at
    this.begin = low;
    this.end = high;
    this.set_whole(low, high);
  }

  get span() {
    return this.end - this.begin;
  }

  get is_whole() {
    return this.begin <= this.low && this.end >= this.high;
  }

  /** The whole may grow; what was all of it stays all of it. */
  set_whole(low, high) {
    const all = this.low === undefined || this.is_whole;
    this.low = low;
    this.high = Math.max(high, low + this.least);
    if (all) this.show(this.low, this.high);
    else this.show(this.begin, this.end);
  }

  show(begin, end) {
    const span = Math.min(Math.max(end - begin, this.least), this.high - this.low);
    const middle = (begin + end) / 2;
    this.begin = Math.min(Math.max(middle - span / 2, this.low), this.high - span);
    this.end = this.begin + span;
  }

  /** factor < 1: closer. `at` (0 to 1) stays where it is. */
  zoom(factor, at = 0.5) {
    const span = Math.min(Math.max(this.span * factor, this.least), this.high - this.low);
    const fixed = this.begin + this.span * at;
    this.show(fixed - span * at, fixed + span * (1 - at));
  }

  /** By a share of what is visible. */
  pan(share) {
    const step = this.span * share;
    this.show(this.begin + step, this.end + step);
  }

  whole() {
    this.show(this.low, this.high);
  }
}

/** Round steps for an axis: about `count` ticks within [begin, end]. */
export function ticks(begin, end, count) {
  const span = end - begin;
  if (!(span > 0)) return [];
  const rough = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= rough) ?? 10 * power;
  const found = [];
  for (let at = Math.ceil(begin / step) * step; at <= end; at += step) found.push(at);
  return found;
}
