#pragma once
// A drawing as text. Colours are names of the style sheet (style.h), so that one drawing serves
// light and dark pages, inside a page and as a file of its own.
//
// Coordinates are pixels of the drawing's own box, y downwards; it scales to the room it gets.
// Classes: "axis" "grid" "label" "faint" (lines and words), "f0" .. "f7" (filled), "s0" .. "s7"
// (stroked, 1.5 pixels), "thin" beside a stroke makes it a hair line, "dots" shows
// what has no length; "tag" is for words over pictures. Every text, titles included,
// is escaped here. Size: what was drawn; callers bound it. Threads: one caller.
//
//   Svg svg(400, 60, {"Genes", "Where the genes of chr1 lie"});
//   svg.rectangle({10, 20, 30, 8}, "f0", "thrA, 337-2,799");
//   page.figure(svg, "Genes of chr1.");

#include <span>
#include <string>
#include <string_view>

namespace heddle::io::report {

struct Point {
  double x = 0, y = 0;
};

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

/// What somebody who cannot see the drawing is told.
struct Alternative {
  std::string title;        // a few words
  std::string description;  // a sentence; may be empty
};

enum class Anchor { kStart, kMiddle, kEnd };

/// The "d" of a path: numbers to two decimals.
class Path {
 public:
  Path& move(Point to);
  Path& line(Point to);
  Path& vertical(double y);
  /// Of a circle, the short way or the long one, clockwise as seen.
  Path& arc(double radius, bool large, bool clockwise, Point to);
  /// A quadratic curve pulled towards `by`.
  Path& curve(Point by, Point to);
  Path& close();
  /// A box as a closed piece: thousands of them in one path are the smallest way to draw them.
  Path& box(const Box& box);

  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class Svg {
 public:
  Svg(double width, double height, Alternative alternative);

  double width() const { return width_; }
  double height() const { return height_; }

  // `title` is shown while the pointer rests on the shape; empty: none.
  void line(Point from, Point to, std::string_view classes);
  void rectangle(const Box& box, std::string_view classes, std::string_view title = {});
  void circle(Point centre, double radius, std::string_view classes, std::string_view title = {});
  void path(const Path& path, std::string_view classes, std::string_view title = {});
  void polyline(std::span<const Point> points, std::string_view classes);
  void text(Point at,
            std::string_view words,
            std::string_view classes = "label",
            Anchor anchor = Anchor::kStart);
  /// Words that read upwards, centred on the point.
  void upright(Point at, std::string_view words, std::string_view classes = "label");
  /// A picture inside the drawing; `type` "image/jpeg" or "image/png", its bytes as in a file.
  void image(const Box& box, std::string_view type, std::string_view bytes);
  /// What follows, until leave(), is shown moved by this.
  void enter(Point moved);
  void leave();

  /// The element, for a page. `id` must be unique in it; the labels' ids derive from it.
  std::string element(std::string_view id) const;
  /// A file of its own, with the style sheet inside.
  std::string file() const;

 private:
  std::string assembled(std::string_view id, std::string_view extra) const;
  void finish_shape(std::string_view tag, std::string_view classes, std::string_view title);

  double width_, height_;
  Alternative alternative_;
  std::string body_;
};

}  // namespace heddle::io::report
