// The track view: an overview of the whole sequence, a ruler, and lanes of features or a density.

import {bases, whole} from "/page/format.js";
import {colour_name, columns_of, kStrands} from "/page/genome_layout.js";
import {ticks} from "/page/range.js";
import {kFont} from "/page/sharp_canvas.js";
import {theme_colours} from "/page/theme.js";

export const kOverview = 38;
const kRuler = 24;
const kRowHeight = 18;
const kLaneGap = 8;
export const kLanesTop = kOverview + kRuler;
const kDensityHeight = 150;

/** Where each strand's lane begins, and how tall all is. */
export function lane_places(made) {
  const places = {};
  let y = kLanesTop + kLaneGap;
  for (const strand of kStrands) {
    const rows = Math.max(made[strand].rows, strand === "." ? 0 : 1);
    places[strand] = y;
    if (rows) y += rows * kRowHeight + kLaneGap;
  }
  places.height = Math.max(y + 4, 170);
  return places;
}

export const density_height = kLanesTop + kDensityHeight + 16;

export function feature_y(places, feature) {
  const strand = kStrands.includes(feature.strand) ? feature.strand : ".";
  return places[strand] + feature.row * kRowHeight;
}

export const kFeatureHeight = kRowHeight - 4;

export function draw_overview(context, {overview, view, width}) {
  const colours = theme_colours();
  context.fillStyle = colours.sunken;
  context.fillRect(0, 0, width, kOverview - 6);
  if (overview) {
    const counts = columns_of(overview, view.low, view.high, Math.max(Math.floor(width / 2), 1));
    const most = Math.max(...counts, 1);
    context.fillStyle = colours.quiet;
    counts.forEach((count, i) => {
      if (count) context.fillRect(i * 2, kOverview - 8, 1.5, -Math.max((count / most) * (kOverview - 12), 1));
    });
  }
  const left = ((view.begin - view.low) / (view.high - view.low)) * width;
  const wide = Math.max((view.span / (view.high - view.low)) * width, 3);
  context.fillStyle = colours.accent;
  context.globalAlpha = 0.22;
  context.fillRect(left, 0, wide, kOverview - 6);
  context.globalAlpha = 1;
  context.strokeStyle = colours.accent;
  context.lineWidth = 1.5;
  context.strokeRect(left + 0.75, 0.75, Math.max(wide - 1.5, 1.5), kOverview - 7.5);
}

export function draw_ruler(context, {view, width, height, position}) {
  const colours = theme_colours();
  context.font = kFont;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const place = (at) => ((at - view.begin) / view.span) * width;
  const text = view.span > 20000 ? bases : whole;
  for (const at of ticks(view.begin, view.end, width / 80)) {
    const x = Math.round(place(at));
    context.fillStyle = colours.line;
    context.fillRect(x, kLanesTop - 5, 1, height);
    context.fillStyle = colours.quiet;
    if (x > 24 && x < width - 24) context.fillText(text(at), x, kOverview + 8);
  }
  context.textAlign = "left";
  if (position >= view.begin && position <= view.end) {
    context.fillStyle = colours.accent;
    context.fillRect(place(position), kLanesTop - 5, 2, height);
  }
}

export function draw_density(context, {held, view, width}) {
  const colours = theme_colours();
  const wide = 4;
  const counts = columns_of(held, view.begin, view.end, Math.max(Math.floor(width / wide), 1));
  const most = Math.max(...counts, 1);
  const floor = kLanesTop + kDensityHeight;
  context.fillStyle = colours.gene;
  counts.forEach((count, i) => {
    if (count) context.fillRect(i * wide, floor, wide - 1, -Math.max((count / most) * (kDensityHeight - 20), 1));
  });
  context.fillStyle = colours.quiet;
  context.font = kFont;
  context.textBaseline = "alphabetic";
  context.fillText(`up to ${whole(most)} features in ${bases(view.span / counts.length)}; zoom in for each`, 6, floor + 14);
}

export function draw_lanes(context, {made, places, view, width, chosen}) {
  const colours = theme_colours();
  context.font = kFont;
  context.textBaseline = "middle";
  for (const strand of kStrands) {
    for (const feature of made[strand].features) {
      if (feature.end < view.begin || feature.begin > view.end) continue;
      draw_feature(context, {feature, y: feature_y(places, feature), view, width, colours, chosen});
    }
  }
  draw_strand_names(context, places, made, colours);
}

function draw_strand_names(context, places, made, colours) {
  for (const [strand, name] of [["+", "+ strand"], ["-", "− strand"]]) {
    if (made[strand].features.length) continue;  // a full lane needs no name
    context.fillStyle = colours.quiet;
    context.fillText(`${name}: nothing here`, 6, places[strand] + kFeatureHeight / 2);
  }
}

/** The text, or its end behind dots (what tells the genes of a sequence apart stands last); "": not even that fits. */
function fitting(context, text, room) {
  const kLeast = 24;
  if (room < kLeast || context.measureText(text).width <= room) return room < kLeast ? "" : text;
  for (let from = 1; from < text.length - 1; ++from) {
    const rest = `…${text.slice(from)}`;
    if (context.measureText(rest).width <= room) return rest;
  }
  return "";
}

function draw_feature(context, {feature, y, view, width, colours, chosen}) {
  const left = Math.max(((feature.begin - view.begin) / view.span) * width, -10);
  const right = Math.min(((feature.end - view.begin) / view.span) * width, width + 10);
  const wide = Math.max(right - left, 1.5);
  context.fillStyle = colours[colour_name(feature.type)];
  arrow(context, left, y, wide, feature.strand);
  context.fill();
  if (feature === chosen) {
    context.strokeStyle = colours.text;
    context.lineWidth = 2;
    context.stroke();
  }
  const name = fitting(context, feature.name || feature.id || feature.type, Math.min(right, width) - Math.max(left, 0) - 16);
  if (!name) return;
  context.fillStyle = colours.ground;
  context.fillText(name, Math.max(left, 0) + 10, y + kFeatureHeight / 2 + 0.5);
}

/** A bar whose end points the way of its strand, where there is room for a point. */
function arrow(context, x, y, wide, strand) {
  const point = strand === "." || wide < 8 ? 0 : Math.min(6, wide / 3);
  const middle = y + kFeatureHeight / 2;
  const begin = strand === "-" ? x + point : x;
  const end = strand === "+" ? x + wide - point : x + wide;
  context.beginPath();
  context.moveTo(begin, y);
  context.lineTo(end, y);
  if (strand === "+" && point) context.lineTo(x + wide, middle);
  context.lineTo(end, y + kFeatureHeight);
  context.lineTo(begin, y + kFeatureHeight);
  if (strand === "-" && point) context.lineTo(x, middle);
  context.closePath();
}
