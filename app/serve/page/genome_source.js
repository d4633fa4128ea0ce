// The features of a range, asked for once: what lies around the view is fetched with it, and a new
// request begins only after the one before has ended.

import {get_json} from "/page/api.js";

const kLimit = 2000;
const kAround = 0.5;  // of the view, on each side

export class GenomeSource {
  constructor(stream, on_change) {
    this.path = `/v1/streams/${encodeURIComponent(stream)}`;
    this.on_change = on_change;
    this.held = null;      // {sequence, begin, end, features} or {..., bins, bin_width}
    this.overview = null;  // the same, of the whole sequence
    this.error = "";
    this.busy = false;
    this.wanted = null;
  }

  async sequences() {
    return (await get_json(`${this.path}/sequences`)).sequences;
  }

  /** The answer for any range; for searching. */
  features(sequence, begin, end, limit = kLimit) {
    const query = new URLSearchParams({sequence, begin: Math.floor(begin), end: Math.ceil(end), limit});
    return get_json(`${this.path}/features?${query}`);
  }

  /** Makes `held` cover the view; `again`: it may have changed. */
  want(sequence, view, whole, again = false) {
    const {held} = this;
    const covers = held && held.sequence === sequence && held.begin <= view.begin && held.end >= view.end;
    // Bins are too coarse once the view is much smaller than when they were counted.
    const fine = covers && (held.features || view.span * 4 > held.end - held.begin);
    if (fine && !again) return;
    const margin = view.span * kAround;
    this.wanted = {sequence, begin: Math.max(Math.floor(view.begin - margin), 0),
      end: Math.min(Math.ceil(view.end + margin), whole), whole};
    if (!this.busy) this.work();
  }

  async work() {
    this.busy = true;
    while (this.wanted) {
      const {sequence, begin, end, whole} = this.wanted;
      this.wanted = null;
      try {
        const stale = !this.overview || this.overview.sequence !== sequence || this.overview.end < whole ||
          performance.now() - this.overview.at > 4000;
        if (stale) this.overview = {...await this.features(sequence, 0, whole, 400), at: performance.now()};
        this.held = await this.features(sequence, begin, end);
        this.error = "";
      } catch (error) {
        this.error = error.message;
      }
      this.on_change();
    }
    this.busy = false;
  }
}
