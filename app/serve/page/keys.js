// Shortcuts of one letter, off where text is typed, and the list of them.

import {element} from "/page/dom.js";

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") !== null;
}

const kOfPanels = [
  ["← →", "pan the track view or the timeline that has the focus"],
  ["+ −", "zoom it"],
  ["0", "show all of it"],
  ["[ ]", "the feature before, the feature after"],
  ["space", "freeze the picture that has the focus"],
  ["Esc", "close what is open"],
];

export class Keys {
  /** actions: [{key, text, run}]. */
  constructor(actions) {
    this.actions = actions;
    const rows = [...actions.map(({key, text}) => [key, text]), ...kOfPanels];
    this.dialog = element("dialog", {class: "question", "aria-labelledby": "keys-title"},
      element("form", {method: "dialog"},
        element("h2", {id: "keys-title"}, "Keyboard"),
        element("dl", {class: "keys"}, ...rows.flatMap(([key, text]) =>
          [element("dt", {}, element("kbd", {}, key)), element("dd", {}, text)])),
        element("div", {class: "buttons"}, element("button", {class: "primary", autofocus: true}, "Close"))));
    document.body.append(this.dialog);
    document.addEventListener("keydown", (event) => this.key(event));
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal();
  }

  key(event) {
    const busy = event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]");
    if (busy) return;
    const action = this.actions.find(({key}) => key === event.key);
    if (!action) return;
    event.preventDefault();
    action.run();
  }
}
