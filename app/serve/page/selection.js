// The identity that the picture and the timeline both point out.

export class Selection {
  constructor() {
    this.id = null;
    this.listeners = [];
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  choose(id) {
    this.id = id === this.id ? null : id;
    for (const listener of this.listeners) listener(this.id);
  }
}
