#include "io/report/page.h"

#include "io/report/style.h"
#include "io/report/text.h"

#include <stdexcept>

namespace heddle::io::report {
namespace {

std::string cell(std::string_view tag, const Column& column, std::string_view text) {
  return "<" + std::string(tag) + (column.number ? " class=\"number\"" : "") +
         (tag == "th" ? " scope=\"col\"" : "") + ">" + escaped(text) + "</" + std::string(tag) +
         ">";
}

}  // namespace

Page::Page(std::string_view title) : title_(title) { tagged("h1", title); }

void Page::tagged(std::string_view tag, std::string_view text) {
  body_ += "<" + std::string(tag) + ">" + escaped(text) + "</" + std::string(tag) + ">\n";
}

void Page::facts(std::span<const std::pair<std::string, std::string>> facts) {
  if (facts.empty()) return;
  body_ += "<dl>\n";
  for (const auto& [name, value] : facts) {
    body_ += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>\n";
  }
  body_ += "</dl>\n";
}

void Page::section(std::string_view title) { tagged("h2", title); }

void Page::subsection(std::string_view title) { tagged("h3", title); }

void Page::paragraph(std::string_view text) { tagged("p", text); }

void Page::note(std::string_view text) { body_ += "<p class=\"note\">" + escaped(text) + "</p>\n"; }

void Page::figure(const Svg& drawing, std::string_view caption) {
  body_ += "<figure>\n<div class=\"scroll\" tabindex=\"0\">\n" +
           drawing.element("figure" + std::to_string(++figures_)) + "</div>\n";
  if (!caption.empty()) body_ += "<figcaption>" + escaped(caption) + "</figcaption>\n";
  body_ += "</figure>\n";
}

void Page::table(const TableHead& head, std::span<const Row> rows) {
  body_ += "<div class=\"scroll\" tabindex=\"0\">\n<table>\n";
  if (!head.caption.empty()) body_ += "<caption>" + escaped(head.caption) + "</caption>\n";
  body_ += "<thead><tr>";
  for (const Column& column : head.columns) body_ += cell("th", column, column.name);
  body_ += "</tr></thead>\n<tbody>\n";
  for (const Row& row : rows) {
    if (row.size() != head.columns.size()) {
      throw std::logic_error("a table of " + std::to_string(head.columns.size()) +
                             " columns was given a row of " + std::to_string(row.size()));
    }
    body_ += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) body_ += cell("td", head.columns[i], row[i]);
    body_ += "</tr>\n";
  }
  body_ += "</tbody>\n</table>\n</div>\n";
}

std::string Page::html() const {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'; img-src data:\">\n<title>" +
         escaped(title_) + "</title>\n<style>" + std::string(kColours) +
         std::string(kDrawingStyle) + std::string(kPageStyle) +
         "</style>\n</head>\n<body>\n<main>\n" + body_ + "</main>\n</body>\n</html>\n";
}

}  // namespace heddle::io::report
