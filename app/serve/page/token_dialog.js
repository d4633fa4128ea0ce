// Asks for the token of a daemon that wants one.

import {set_token} from "/page/api.js";
import {element, notice} from "/page/dom.js";

export class TokenDialog {
  /** on_token(): a token was typed. */
  constructor(on_token) {
    this.input = element("input", {type: "password", autocomplete: "off", required: true, id: "token"});
    this.problem = notice();
    this.dialog = element("dialog", {class: "question", "aria-labelledby": "token-title"},
      element("form", {on: {submit: (event) => this.submit(event)}},
        element("h2", {id: "token-title"}, "This daemon wants a token"),
        element("label", {class: "field"}, element("span", {}, "Bearer token"), this.input,
          element("small", {class: "quiet"}, "Kept by this tab until it is closed.")),
        this.problem,
        element("div", {class: "buttons"},
          element("button", {type: "button", on: {click: () => this.dialog.close()}}, "Later"),
          element("button", {type: "submit", class: "primary"}, "Go on"))));
    document.body.append(this.dialog);
    this.on_token = on_token;
  }

  /** `refused`: the token given before was not the right one. */
  open(refused) {
    if (refused) {
      set_token("");
      this.problem.say("That token was refused.");
    }
    if (this.dialog.open || this.put_off) return;
    this.dialog.showModal();
    this.input.focus();
    this.dialog.addEventListener("close", () => {
      this.put_off = !this.given;
      this.given = false;
    }, {once: true});
  }

  /** Asked for by hand after "Later". */
  reopen() {
    this.put_off = false;
    this.open(false);
  }

  submit(event) {
    event.preventDefault();
    set_token(this.input.value.trim());
    this.input.value = "";
    this.problem.say("");
    this.given = true;
    this.dialog.close();
    this.on_token();
  }
}
