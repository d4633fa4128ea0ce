// One frame with its boxes, labels and trails.

import {kFont} from "/page/sharp_canvas.js";
import {bright_identity_colour} from "/page/theme.js";

/** Draws into (width, height), keeping the frame's shape; returns where the frame lies. */
export function draw_frame(context, {width, height, shown, boxes, size, show, identities, selected}) {
  const scale = Math.min(width / size.width, height / size.height);
  const left = (width - size.width * scale) / 2;
  const top = (height - size.height * scale) / 2;
  context.drawImage(shown.bitmap, left, top, size.width * scale, size.height * scale);
  if (boxes) {
    context.save();
    context.beginPath();
    context.rect(left, top, size.width * scale, size.height * scale);
    context.clip();
    context.translate(left, top);
    const chosen = (track) => selected === null || track.id === selected;
    for (const track of boxes.tracks) {
      context.globalAlpha = chosen(track) ? 1 : 0.35;
      if (show.trails) draw_trail(context, identities.get(track.id), scale);
      if (show.boxes) draw_box(context, track, scale);
      if (show.labels) draw_label(context, track, scale);
    }
    context.restore();
  }
  return {left, top, scale};
}

function draw_box(context, track, scale) {
  const place = [track.x * scale, track.y * scale, track.w * scale, track.h * scale];
  context.setLineDash(track.state === "lost" ? [5, 5] : []);
  context.lineWidth = 4;  // a dark rim, so that a box is seen on any picture
  context.strokeStyle = "rgb(0 0 0 / 55%)";
  context.strokeRect(...place);
  context.lineWidth = 2;
  context.strokeStyle = bright_identity_colour(track.id);
  context.strokeRect(...place);
  context.setLineDash([]);
}

function draw_label(context, track, scale) {
  const score = Number.isFinite(track.score) && track.w * scale > 60 ? ` ${track.score.toFixed(2)}` : "";
  const text = [track.id, track.label].filter((part) => part !== undefined && part !== "").join(" ") + score;
  context.font = kFont;
  const wide = context.measureText(text).width + 8;
  const x = track.x * scale - 1;
  const y = Math.max(track.y * scale - 17, 0);
  context.fillStyle = bright_identity_colour(track.id);
  context.fillRect(x, y, wide, 16);
  context.fillStyle = "#000";
  context.textBaseline = "middle";
  context.fillText(text, x + 4, y + 8.5);
}

function draw_trail(context, identity, scale) {
  if (!identity || identity.path.length < 2) return;
  context.strokeStyle = bright_identity_colour(identity.id);
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  identity.path.forEach(([x, y], i) => {
    if (i === 0) context.moveTo(x * scale, y * scale);
    else context.lineTo(x * scale, y * scale);
  });
  context.stroke();
}
