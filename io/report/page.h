#pragma once
// One HTML page that needs nothing else: no script, no font, no picture is fetched, and its
// Content-Security-Policy forbids it. Light or dark as the reader's system says.
//
// What is added stands in that order. Every text is escaped here. Memory: the page itself; who
// adds rows and figures bounds them and says so in the page. Threads: one caller.
//
//   Page page("Repeats of chr1.fa");
//   page.facts({{"Program", "heddle 0.1.0"}, {"Input", "chr1.fa"}});
//   page.section("Dot plot");
//   page.figure(svg, "Each line is a pair of copies.");
//   page.table({"Families", {{"Name"}, {"Copies", true}}}, {{"R1", "7"}});
//   file.write(page.html());

#include "io/report/svg.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::io::report {

struct Column {
  std::string name;
  bool number = false;  // set to the right
};

struct TableHead {
  std::string caption;  // says what a row is; may be empty
  std::vector<Column> columns;
};

using Row = std::vector<std::string>;

class Page {
 public:
  /// `title` heads the page and its tab.
  explicit Page(std::string_view title);

  /// Names and values, as the run header has them.
  void facts(std::span<const std::pair<std::string, std::string>> facts);
  void section(std::string_view title);     // h2
  void subsection(std::string_view title);  // h3
  void paragraph(std::string_view text);
  /// In smaller letters: what the reader should know of bounds and methods.
  void note(std::string_view text);
  void figure(const Svg& drawing, std::string_view caption = {});
  /// Throws std::logic_error where a row has more or fewer cells than there are columns.
  void table(const TableHead& head, std::span<const Row> rows);

  std::string html() const;

 private:
  void tagged(std::string_view tag, std::string_view text);

  std::string title_;
  std::string body_;
  int figures_ = 0;
};

}  // namespace heddle::io::report
