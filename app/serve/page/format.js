// Numbers as people read them.

const kGrouped = new Intl.NumberFormat("en", {maximumFractionDigits: 0});

export function whole(value) {
  return Number.isFinite(value) ? kGrouped.format(value) : "–";
}

/** Three figures and a unit: 1234567 -> "1.23 M". */
export function short(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e9) return `${figures(value / 1e9)} G`;
  if (size >= 1e6) return `${figures(value / 1e6)} M`;
  if (size >= 1e4) return `${figures(value / 1e3)} k`;
  return size >= 100 ? kGrouped.format(value) : String(Number(figures(value)));
}

function figures(value) {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

export function bytes(value) {
  if (!Number.isFinite(value)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    ++unit;
  }
  return `${unit === 0 || value === 0 ? value.toFixed(0) : figures(value)} ${units[unit]}`;
}

export function milliseconds(value) {
  if (!Number.isFinite(value)) return "–";
  return value >= 1000 ? `${figures(value / 1000)} s` : `${value >= 10 || value === 0 ? value.toFixed(0) : figures(value)} ms`;
}

/** 75 -> "1:15", 3675 -> "1:01:15"; with `places`, fractions of a second. */
export function duration(seconds, places = 0) {
  if (!Number.isFinite(seconds)) return "–";
  const sign = seconds < 0 ? "−" : "";
  const scale = 10 ** places;
  const rounded = Math.round(Math.abs(seconds) * scale) / scale;
  const hours = Math.floor(rounded / 3600);
  const minutes = Math.floor((rounded % 3600) / 60);
  const rest = (rounded % 60).toFixed(places).padStart(places ? 3 + places : 2, "0");
  return sign + (hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`);
}

/** Frames or bases a second. */
export function rate(value, kind) {
  return kind === "genome" ? `${short(value)} bases/s` : `${short(value)} frames/s`;
}

export function bases(value) {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1e6) return `${figures(value / 1e6)} Mb`;
  if (Math.abs(value) >= 1e4) return `${figures(value / 1e3)} kb`;
  return `${whole(value)} b`;
}

export function clock(date) {
  return date.toLocaleTimeString("en-GB");
}

/** A stream's name for people; the daemon gives an unnamed one its input as name. */
export function name_of({name, input}) {
  return name && name !== input ? name : last_part(input);
}

/** What tells paths and addresses apart: "/data/run-17/reads.bam" -> "reads.bam". */
export function last_part(text) {
  return /([^/]+)\/*$/.exec(text)?.[1] ?? text;
}
