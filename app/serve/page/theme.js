// Light or dark: the system's choice until the switch is used. Canvases read their colours here.

const kKey = "heddle.theme";
let colours = null;
const listeners = new Set();

function changed() {
  colours = null;
  for (const listener of listeners) listener();
}

export function start_theme() {
  const chosen = localStorage.getItem(kKey);
  if (chosen) document.documentElement.dataset.theme = chosen;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

export function is_dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function switch_theme() {
  const next = is_dark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem(kKey, next);
  changed();
}

/** Called when colours change; returns what ends that. */
export function when_theme_changes(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const kNames = ["ground", "raised", "sunken", "line", "text", "quiet", "accent", "good", "warn", "bad",
  "series-1", "series-2", "series-3", "gene", "repeat", "tandem", "motif", "other"];

/** The style sheet's variables, by name. */
export function theme_colours() {
  if (!colours) {
    const style = getComputedStyle(document.documentElement);
    colours = Object.fromEntries(kNames.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }
  return colours;
}

/** One colour an identity: the golden angle keeps neighbours apart however many there are. */
export function identity_colour(id) {
  const hue = (Number(id) * 137.508) % 360;
  return is_dark() ? `hsl(${hue} 85% 68%)` : `hsl(${hue} 75% 40%)`;
}

/** Over a picture neither theme's ground lies below, so that these are always bright. */
export function bright_identity_colour(id) {
  return `hsl(${(Number(id) * 137.508) % 360} 95% 65%)`;
}
