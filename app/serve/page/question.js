// A question before something that cannot be taken back.

import {element} from "/page/dom.js";

/** True where the answer is `yes`. */
export function ask(title, text, yes) {
  const dialog = element("dialog", {class: "question", "aria-labelledby": "question-title"},
    element("form", {method: "dialog"},
      element("h2", {id: "question-title"}, title), element("p", {}, text),
      element("div", {class: "buttons"},
        element("button", {value: "no"}, "Cancel"),
        element("button", {value: "yes", class: "danger", autofocus: true}, yes))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "yes");
  }));
}
