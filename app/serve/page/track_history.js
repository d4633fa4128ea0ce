// What `tracks` events have told: boxes by frame for the picture, recent paths, and when each identity
// was seen. Bounded: old frames and the identities not seen for longest go first.

const kFrames = 900;       // boxes are kept for this many frames: 30 s at 30 a second
const kPathPoints = 60;
const kIdentities = 2000;
const kSpans = 500;          // of one identity
const kLongestGap = 0.5;   // seconds unseen that still count as one sighting

export class TrackHistory {
  constructor() {
    this.frames = new Map();      // frame -> {time, tracks}; insertion order is age
    this.identities = new Map();  // id -> {id, spans: [[begin, end], ...], path: [[x, y], ...], last_frame}
    this.last_frame = -1;
    this.first_time = Infinity;
    this.last_time = -Infinity;
    this.frame_time = 0;          // seconds between frames, smoothed
  }

  add({frame, time, tracks}) {
    const elapsed = time - this.last_time;
    if (elapsed > 0 && elapsed < 1) {
      this.frame_time = this.frame_time ? this.frame_time * 0.9 + elapsed * 0.1 : elapsed;
    }
    this.frames.set(frame, {time, tracks: tracks.filter(({state}) => state !== "ended")});
    if (this.frames.size > kFrames) this.frames.delete(this.frames.keys().next().value);
    for (const track of tracks) {
      // A lost one is guessed to be there, not seen.
      if (track.state !== "lost" && track.state !== "ended") this.see(track, frame, time);
    }
    this.last_frame = frame;
    this.last_time = time;
    this.first_time = Math.min(this.first_time, time);
  }

  see(track, frame, time) {
    let identity = this.identities.get(track.id);
    if (!identity) {
      identity = {id: track.id, spans: [], path: [], last_frame: frame};
      this.identities.set(track.id, identity);
      if (this.identities.size > kIdentities) this.forget_oldest();
    }
    const last = identity.spans.at(-1);
    const joins = last && time >= last[1] && time - last[1] <= Math.max(kLongestGap, 3 * this.frame_time);
    if (joins) {
      last[1] = time;
    } else {
      identity.spans.push([time, time]);
      if (identity.spans.length > kSpans) identity.spans.shift();
      identity.path.length = 0;  // a path across an absence would be invented
    }
    identity.path.push([track.x + track.w / 2, track.y + track.h]);
    if (identity.path.length > kPathPoints) identity.path.shift();
    identity.last_frame = frame;
  }

  forget_oldest() {
    let oldest = null;
    for (const identity of this.identities.values()) {
      if (!oldest || identity.last_frame < oldest.last_frame) oldest = identity;
    }
    this.identities.delete(oldest.id);
  }

  /** The boxes of this frame or of the nearest before it (events are thinned), else null. */
  at(frame) {
    for (let back = 0; back <= 8; ++back) {
      const found = this.frames.get(frame - back);
      if (found) return found;
    }
    return null;
  }

  /** Identities by first sighting. */
  rows() {
    return [...this.identities.values()].sort((a, b) => a.spans[0][0] - b.spans[0][0] || a.id - b.id);
  }
}
