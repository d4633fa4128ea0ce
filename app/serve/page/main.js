// The page: what is shown follows the address after '#'.

import {when_unauthorised} from "/page/api.js";
import {Directory} from "/page/directory.js";
import {element, set_text} from "/page/dom.js";
import {HomePage} from "/page/home_page.js";
import {JobPage} from "/page/job_page.js";
import {Keys} from "/page/keys.js";
import {ListView} from "/page/list_view.js";
import {StartDialog} from "/page/start_dialog.js";
import {StreamPage} from "/page/stream_page.js";
import {start_theme, switch_theme} from "/page/theme.js";
import {TokenDialog} from "/page/token_dialog.js";

start_theme();
const directory = new Directory();
const main = document.getElementById("main");
const list = new ListView(document.getElementById("list"), directory);
const token = new TokenDialog(() => directory.ask_now());
const start = new StartDialog((address) => {
  directory.ask_now();
  location.hash = address;
});
when_unauthorised((refused) => token.open(refused));

let shown = {address: null, page: null};

function go_home() {
  location.hash = "#/";
  directory.ask_now();
}

function begin_anew() {
  shown.page.close();
  shown.page = null;
  show();
}

function missing(what) {
  return {element: element("div", {class: "page"}, element("h1", {}, `No such ${what}`),
    element("p", {}, "It was forgotten, or the daemon was started anew. ", element("a", {href: "#/"}, "Overview")))};
}

/** The page of an address, or null while the daemon has not been heard yet. */
function make_page(kind, id) {
  if (kind !== "streams" && kind !== "jobs") return new HomePage(directory, () => start.open());
  if (directory.connection !== "connected") return null;
  const found = directory[kind].find((each) => each.id === id);
  if (!found) return directory.asked_for === id ? missing(kind.slice(0, -1)) : ask_for(id);
  const Page = kind === "streams" ? StreamPage : JobPage;
  return new Page(found, directory, {on_forgotten: go_home, on_replaced: begin_anew});
}

/** What was started a moment ago may not be in the last list yet: one more is waited for. */
function ask_for(id) {
  directory.asked_for = id;
  directory.ask_now();
  return null;
}

function show() {
  const address = location.hash || "#/";
  if (shown.address === address && shown.page) return;
  const moved = shown.address !== null && shown.address !== address;
  const [, kind = "", id = ""] = address.split("/");
  shown.page?.close?.();
  shown = {address, page: make_page(kind, decodeURIComponent(id))};
  document.body.dataset.view = kind || "home";
  document.title = id ? `${decodeURIComponent(id)} · Heddle` : "Heddle";
  main.replaceChildren(shown.page?.element ?? element("p", {class: "quiet page"}, "…"));
  if (moved) {
    window.scrollTo(0, 0);
    main.focus({preventScroll: true});
  }
}

function show_connection() {
  const pill = document.getElementById("connection");
  const texts = {connecting: "connecting", connected: "connected", away: "not reached; trying again",
    token: "token needed", trouble: "trouble"};
  set_text(pill, texts[directory.connection]);
  pill.className = `pill ${directory.connection}`;
  const banner = document.getElementById("banner");
  const draining = directory.connection === "connected" && directory.info?.draining;
  const text = draining ? "The daemon is draining: it takes nothing new and will end soon." :
    directory.connection === "away" || directory.connection === "trouble" ? directory.problem : "";
  banner.hidden = !text;
  set_text(banner, text);
}

directory.listen(() => {
  show_connection();
  if (!shown.page) show();
});
window.addEventListener("hashchange", show);

const keys = new Keys([
  {key: "?", text: "this list", run: () => keys.open()},
  {key: "n", text: "start a stream or a job", run: () => start.open()},
  {key: "h", text: "overview", run: () => { location.hash = "#/"; }},
  {key: "j", text: "next in the list", run: () => step(1)},
  {key: "k", text: "previous in the list", run: () => step(-1)},
  {key: "s", text: "stop (or forget) what is shown", run: () => main.querySelector("button.danger")?.click()},
  {key: "f", text: "fill the screen with the picture", run: () => shown.page?.panels?.find((panel) => panel.fill)?.fill()},
  {key: "/", text: "jump to a gene or position", run: () => document.getElementById("jump")?.focus()},
  {key: "t", text: "light or dark", run: switch_theme},
]);

function step(by) {
  const address = list.neighbour(by);
  if (address) location.hash = address;
}

document.getElementById("new").addEventListener("click", () => start.open());
document.getElementById("theme").addEventListener("click", switch_theme);
document.getElementById("help").addEventListener("click", () => keys.open());
document.getElementById("connection").addEventListener("click", () => {
  if (directory.connection === "token") token.reopen();
  else directory.ask_now();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();  // the address after '#' says what is shown
  main.focus();
});
show();
