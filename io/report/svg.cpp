#include "io/report/svg.h"

#include "io/base64.h"
#include "io/report/style.h"
#include "io/report/text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace heddle::io::report {
namespace {

std::string pair_of(Point at) { return number(at.x) + " " + number(at.y); }

std::string attribute(std::string_view name, double value) {
  return " " + std::string(name) + "=\"" + number(value) + "\"";
}

std::string place_of(const Box& box) {
  return attribute("x", box.x) + attribute("y", box.y) + attribute("width", box.width) +
         attribute("height", box.height);
}

const char* anchor_text(Anchor anchor) {
  if (anchor == Anchor::kMiddle) return " text-anchor=\"middle\"";
  return anchor == Anchor::kEnd ? " text-anchor=\"end\"" : "";
}

}  // namespace

Path& Path::move(Point to) {
  text_ += "M" + pair_of(to);
  return *this;
}

Path& Path::line(Point to) {
  text_ += "L" + pair_of(to);
  return *this;
}

Path& Path::vertical(double y) {
  text_ += "V" + number(y);
  return *this;
}

Path& Path::arc(double radius, bool large, bool clockwise, Point to) {
  const std::string round = number(radius);
  text_ += "A" + round + " " + round + " 0 " + (large ? "1 " : "0 ") + (clockwise ? "1 " : "0 ") +
           pair_of(to);
  return *this;
}

Path& Path::curve(Point by, Point to) {
  text_ += "Q" + pair_of(by) + " " + pair_of(to);
  return *this;
}

Path& Path::close() {
  text_ += "z";
  return *this;
}

Path& Path::box(const Box& box) {
  text_ += "M" + pair_of({box.x, box.y}) + "h" + number(box.width) + "v" + number(box.height) +
           "h" + number(-box.width) + "z";
  return *this;
}

Svg::Svg(double width, double height, Alternative alternative)
    : width_(width), height_(height), alternative_(std::move(alternative)) {}

void Svg::finish_shape(std::string_view tag, std::string_view classes, std::string_view title) {
  body_ += " class=\"" + escaped(classes) + "\"";
  if (title.empty()) {
    body_ += "/>\n";
  } else {
    body_ += "><title>" + escaped(title) + "</title></" + std::string(tag) + ">\n";
  }
}

void Svg::line(Point from, Point to, std::string_view classes) {
  body_ += "<line" + attribute("x1", from.x) + attribute("y1", from.y) + attribute("x2", to.x) +
           attribute("y2", to.y);
  finish_shape("line", classes, {});
}

void Svg::rectangle(const Box& box, std::string_view classes, std::string_view title) {
  body_ += "<rect" + place_of(box);
  finish_shape("rect", classes, title);
}

void Svg::circle(Point centre, double radius, std::string_view classes, std::string_view title) {
  body_ +=
      "<circle" + attribute("cx", centre.x) + attribute("cy", centre.y) + attribute("r", radius);
  finish_shape("circle", classes, title);
}

void Svg::path(const Path& path, std::string_view classes, std::string_view title) {
  if (path.empty()) return;
  body_ += "<path d=\"" + path.text() + "\"";
  finish_shape("path", classes, title);
}

void Svg::polyline(std::span<const Point> points, std::string_view classes) {
  if (points.empty()) return;
  body_ += "<polyline points=\"";
  for (const Point& point : points) {
    if (&point != points.data()) body_ += " ";
    body_ += number(point.x) + "," + number(point.y);
  }
  body_ += "\"";
  finish_shape("polyline", classes, {});
}

void Svg::text(Point at, std::string_view words, std::string_view classes, Anchor anchor) {
  body_ += "<text" + attribute("x", at.x) + attribute("y", at.y) + anchor_text(anchor) +
           " class=\"" + escaped(classes) + "\">" + escaped(words) + "</text>\n";
}

void Svg::upright(Point at, std::string_view words, std::string_view classes) {
  body_ += "<text transform=\"translate(" + pair_of(at) +
           ") rotate(-90)\" text-anchor=\"middle\" class=\"" + escaped(classes) + "\">" +
           escaped(words) + "</text>\n";
}

void Svg::image(const Box& box, std::string_view type, std::string_view bytes) {
  body_ += "<image" + place_of(box) + " href=\"data:" + escaped(type) + ";base64," + base64(bytes) +
           "\"/>\n";
}

void Svg::enter(Point moved) { body_ += "<g transform=\"translate(" + pair_of(moved) + ")\">\n"; }

void Svg::leave() { body_ += "</g>\n"; }

std::string Svg::assembled(std::string_view id, std::string_view extra) const {
  const std::string name = escaped(id);
  const bool described = !alternative_.description.empty();
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(width_) + " " +
         number(height_) + "\" width=\"" + number(width_) + "\" height=\"" + number(height_) +
         "\" role=\"img\" aria-labelledby=\"" + name + "-title" +
         (described ? " " + name + "-about" : "") + "\">\n<title id=\"" + name + "-title\">" +
         escaped(alternative_.title) + "</title>\n" +
         (described
              ? "<desc id=\"" + name + "-about\">" + escaped(alternative_.description) + "</desc>\n"
              : "") +
         std::string(extra) + body_ + "</svg>\n";
}

std::string Svg::element(std::string_view id) const { return assembled(id, {}); }

std::string Svg::file() const {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
         assembled("drawing",
                   "<style>" + std::string(kColours) + std::string(kDrawingStyle) +
                       "</style>\n<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n");
}

}  // namespace heddle::io::report
