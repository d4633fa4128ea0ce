// How scores of tracks are shown: a table, JSON, a picture.

#include "app/eval_tracks.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace heddle::app {
namespace {

using pipeline::HotaCounts;
using pipeline::kAlphas;

struct Figure {
  const char* name;
  double (*of)(const pipeline::TrackingScore&);
};

// Shares of 1, in the order of the table.
constexpr Figure kShares[] = {
    {"HOTA", [](const auto& s) { return s.hota.mean().hota; }},
    {"DetA", [](const auto& s) { return s.hota.mean().deta; }},
    {"AssA", [](const auto& s) { return s.hota.mean().assa; }},
    {"LocA", [](const auto& s) { return s.hota.mean().loca; }},
    {"IDF1", [](const auto& s) { return s.identity.f1(); }},
    {"IDP", [](const auto& s) { return s.identity.precision(); }},
    {"IDR", [](const auto& s) { return s.identity.recall(); }},
    {"MOTA", [](const auto& s) { return s.clear.mota(); }},
    {"MOTP", [](const auto& s) { return s.clear.motp(); }},
};

struct Count {
  const char* name;
  std::int64_t (*of)(const pipeline::TrackingScore&);
};

constexpr Count kCounts[] = {
    {"IDSW", [](const auto& s) { return s.clear.switches; }},
    {"Frag", [](const auto& s) { return s.clear.fragments; }},
    {"FN", [](const auto& s) { return s.clear.misses(); }},
    {"FP", [](const auto& s) { return s.clear.false_positives(); }},
    {"MT", [](const auto& s) { return s.clear.mostly_tracked; }},
    {"PT", [](const auto& s) { return s.clear.partly_tracked; }},
    {"ML", [](const auto& s) { return s.clear.mostly_lost; }},
    {"boxes", [](const auto& s) { return s.clear.truths; }},
};

struct Curve {
  const char* name;
  const char* colour;
  double HotaCounts::Scores::*of;
};

constexpr Curve kCurves[] = {{"HOTA", "#d62728", &HotaCounts::Scores::hota},
                             {"DetA", "#1f77b4", &HotaCounts::Scores::deta},
                             {"AssA", "#2ca02c", &HotaCounts::Scores::assa},
                             {"LocA", "#7f7f7f", &HotaCounts::Scores::loca}};

__attribute__((format(printf, 2, 3))) void append(std::string& text, const char* format, ...) {
  char piece[512];
  va_list values;
  va_start(values, format);
  std::vsnprintf(piece, sizeof piece, format, values);
  va_end(values);
  text += piece;
}

nlohmann::ordered_json json_of(const ScoredTracks& row) {
  nlohmann::ordered_json object{{"name", row.name}};
  for (const Figure& figure : kShares) object[figure.name] = figure.of(row.score);
  for (const Count& count : kCounts) object[count.name] = count.of(row.score);
  nlohmann::ordered_json curves;
  for (std::size_t a = 0; a < kAlphas; ++a) {
    curves["alpha"].push_back(pipeline::hota_alpha(a));
    for (const Curve& curve : kCurves) curves[curve.name].push_back(row.score.hota.at(a).*curve.of);
  }
  object["over_alpha"] = curves;
  return object;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return out;
}

// The plot's square in the picture, pixels.
constexpr double kLeft = 50, kTop = 40, kSide = 360;

double x_of(double alpha) { return kLeft + alpha * kSide; }
double y_of(double share) { return kTop + (1 - share) * kSide; }

void append_axes(std::string& svg) {
  for (int tick = 0; tick <= 5; ++tick) {
    const double at = tick * 0.2;
    append(svg, "<path d='M%g %gH%g' stroke='#ddd'/>\n", x_of(0), y_of(at), x_of(1));
    append(svg, "<text x='%g' y='%g' text-anchor='end'>%.1f</text>\n", kLeft - 6, y_of(at) + 4, at);
    append(svg,
           "<text x='%g' y='%g' text-anchor='middle'>%.1f</text>\n",
           x_of(at),
           kTop + kSide + 18,
           at);
  }
  append(svg,
         "<text x='%g' y='%g' text-anchor='middle'>overlap threshold (alpha)</text>\n",
         x_of(0.5),
         kTop + kSide + 38);
}

struct Line {
  const char* colour;
  std::string name;
};

/// Line `index` of the picture, with its name beside it.
void append_curve(std::string& svg,
                  const HotaCounts& hota,
                  const Curve& curve,
                  const Line& line,
                  std::size_t index) {
  append(svg, "<polyline fill='none' stroke-width='2' stroke='%s' points='", line.colour);
  for (std::size_t a = 0; a < kAlphas; ++a) {
    append(svg, "%.2f,%.2f ", x_of(pipeline::hota_alpha(a)), y_of(hota.at(a).*curve.of));
  }
  append(svg,
         "'/>\n<text x='%g' y='%g' fill='%s'>",
         kLeft + kSide + 16,
         kTop + 20 + 20 * static_cast<double>(index),
         line.colour);
  svg += escaped(line.name);
  append(svg, " %.1f</text>\n", 100 * hota.mean().*curve.of);
}

/// The end of a long name says more than its beginning.
std::string short_name(const std::string& name) {
  constexpr std::size_t kMost = 28;
  return name.size() <= kMost ? name : "..." + name.substr(name.size() - kMost + 3);
}

}  // namespace

std::string tracks_table(const std::vector<ScoredTracks>& rows) {
  int width = 8;
  for (const ScoredTracks& row : rows) width = std::max(width, static_cast<int>(row.name.size()));
  width = std::min(width, 100);
  std::string table;
  append(table, "%-*s", width, "");
  for (const Figure& figure : kShares) append(table, " %7s", figure.name);
  for (const Count& count : kCounts) append(table, " %6s", count.name);
  table += "\n";
  for (const ScoredTracks& row : rows) {
    append(table, "%-*.*s", width, width, row.name.c_str());
    for (const Figure& figure : kShares) append(table, " %7.3f", 100 * figure.of(row.score));
    for (const Count& count : kCounts) {
      append(table, " %6lld", static_cast<long long>(count.of(row.score)));
    }
    table += "\n";
  }
  return table;
}

std::string tracks_json(
    const std::string& truth,
    const std::vector<std::pair<std::string, std::vector<ScoredTracks>>>& sets) {
  nlohmann::ordered_json all{{"truth", truth}, {"tracks", nlohmann::ordered_json::array()}};
  for (const auto& [name, rows] : sets) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const ScoredTracks& row : rows) list.push_back(json_of(row));
    all["tracks"].push_back({{"name", name}, {"sequences", list}});
  }
  return all.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string tracks_svg(const std::vector<std::pair<std::string, std::vector<ScoredTracks>>>& sets) {
  constexpr const char* kColours[] = {
      "#2468b4", "#c4511d", "#2b8a5f", "#7d52b8", "#9a7400", "#1f8297", "#b23f79", "#737b84"};
  const bool one = sets.size() == 1;
  const double width = one ? 540 : 660;
  const double height = std::max(460.0, kTop + 40 + 20 * static_cast<double>(sets.size()));
  std::string svg;
  append(svg,
         "<svg xmlns='http://www.w3.org/2000/svg' width='%g' height='%g' font-family='sans-serif' "
         "font-size='12'>\n<rect width='%g' height='%g' fill='white'/>\n",
         width,
         height,
         width,
         height);
  append(svg, "<text x='%g' y='24' font-size='15'>", kLeft);
  svg += (one ? "" : "HOTA of ") + escaped(sets[0].second.back().name) + "</text>\n";
  append_axes(svg);
  for (std::size_t i = 0; one && i < std::size(kCurves); ++i) {
    const Line line{kCurves[i].colour, kCurves[i].name};
    append_curve(svg, sets[0].second.back().score.hota, kCurves[i], line, i);
  }
  for (std::size_t i = 0; !one && i < sets.size(); ++i) {
    const Line line{kColours[i % std::size(kColours)], short_name(sets[i].first)};
    append_curve(svg, sets[i].second.back().score.hota, kCurves[0], line, i);
  }
  return svg + "</svg>\n";
}

}  // namespace heddle::app
