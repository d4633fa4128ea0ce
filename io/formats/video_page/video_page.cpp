#include "io/formats/video_page/video_page.h"

#include "io/atomic_file.h"
#include "io/formats/number_text.h"
#include "io/formats/track_text.h"
#include "io/formats/video_page/drawings.h"
#include "io/report/page.h"
#include "io/report/text.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace heddle::io {
namespace {

constexpr std::size_t kMostBars = 120;
constexpr std::size_t kMostPaths = 60;
constexpr std::size_t kMostRows = 200;
constexpr int kStillSide = 1280;  // pixels

/// Those seen longest, at most `most`, in the order they are in.
std::vector<Identity> longest(std::vector<Identity> identities, std::size_t most) {
  if (identities.size() <= most) return identities;
  std::vector<std::int64_t> frames;
  for (const Identity& identity : identities) frames.push_back(identity.frames);
  std::nth_element(frames.begin(),
                   frames.begin() + static_cast<std::ptrdiff_t>(most) - 1,
                   frames.end(),
                   std::greater<>());
  const std::int64_t least = frames[most - 1];
  const auto above = static_cast<std::size_t>(
      std::count_if(identities.begin(), identities.end(), [&](const Identity& identity) {
        return identity.frames > least;
      }));
  std::size_t equal_left = most - above;
  std::erase_if(identities, [&](const Identity& identity) {
    if (identity.frames == least && equal_left > 0) {
      --equal_left;
      return false;
    }
    return identity.frames <= least;
  });
  return identities;
}

class VideoPageSink final : public Sink {
 public:
  VideoPageSink(const std::string& path, const SinkOptions& options)
      : file_(path, options.overwrite), options_(options) {}

  void write(const Sample& sample, std::span<const Record> records) override {
    const auto* frame = std::get_if<Frame>(&sample);
    if (frame == nullptr) return;
    const std::vector<Return> back = log_.add(*frame, records);
    const auto here = std::count_if(records.begin(), records.end(), [](const Record& record) {
      const auto* track = std::get_if<Track>(&record);
      return track != nullptr && is_seen(*track);
    });
    curve_.add(frame->seconds - log_.first_seconds(), here);
    gallery_.see(*frame, records, back);
    keep_still(*frame, here);
  }

  ~VideoPageSink() override {
    if (ended_) return;
    try {
      put_page(false);
    } catch (const std::exception&) {
      // The run has failed already and says why.
    }
  }

  void close() override {
    put_page(true);
    file_.commit();
  }

  void close_partial() override {
    put_page(false);
    file_.keep_partial();
  }

 private:
  void put_page(bool whole) {
    ended_ = true;
    file_.write(page(whole));
  }
  void keep_still(const Frame& frame, std::int64_t here);
  std::string page(bool whole) const;
  std::vector<std::pair<std::string, std::string>> facts(bool whole) const;
  std::string left_out(std::size_t shown, const char* what) const;
  void add_timeline(report::Page& page, const std::vector<Identity>& all) const;
  void add_paths(report::Page& page, const std::vector<Identity>& all) const;
  void add_returns(report::Page& page) const;
  void add_tables(report::Page& page, const std::vector<Identity>& all) const;

  AtomicFile file_;
  SinkOptions options_;
  IdentityLog log_;
  CountCurve curve_;
  ReturnGallery gallery_;
  Picture still_;
  int width_ = 0, height_ = 0;  // of the frames
  double still_seconds_ = 0;
  std::int64_t still_objects_ = -1;
  bool ended_ = false;
};

void VideoPageSink::keep_still(const Frame& frame, std::int64_t here) {
  if (here <= still_objects_ || frame.bgr.empty()) return;
  still_ = cut_out(frame.bgr,
                   frame.width,
                   frame.height,
                   {0, 0, static_cast<double>(frame.width), static_cast<double>(frame.height)},
                   kStillSide);
  still_objects_ = here;
  still_seconds_ = frame.seconds;
  width_ = frame.width;
  height_ = frame.height;
}

std::vector<std::pair<std::string, std::string>> VideoPageSink::facts(bool whole) const {
  std::vector<std::pair<std::string, std::string>> facts = options_.run;
  facts.emplace_back("Frames",
                     report::grouped(log_.frames()) +
                         (log_.first_seconds() > 0 ? ", from " + clock_text(log_.first_seconds())
                                                   : std::string()) +
                         ", up to " + clock_text(log_.last_seconds()));
  facts.emplace_back("Identities", report::grouped(log_.identities()));
  const double mean =
      log_.frames() > 0 ? static_cast<double>(log_.sightings()) / static_cast<double>(log_.frames())
                        : 0;
  facts.emplace_back("In view",
                     report::number(mean, 1) + " on average, " +
                         report::grouped(log_.most_at_once()) + " at most");
  facts.emplace_back("Found again", report::grouped(log_.returns()) + " times");
  if (log_.failures() > 0) facts.emplace_back("Failures", report::grouped(log_.failures()));
  if (!whole) facts.emplace_back("Complete", "no: the run was stopped or its input is damaged");
  return facts;
}

std::string VideoPageSink::left_out(std::size_t shown, const char* what) const {
  const auto all = static_cast<std::size_t>(log_.identities());
  if (all <= shown) return "";
  return " Shown are the " + std::to_string(shown) + " identities seen longest of " +
         report::grouped(log_.identities()) + what;
}

void VideoPageSink::add_timeline(report::Page& page, const std::vector<Identity>& all) const {
  page.section("Identities over time");
  const std::vector<Identity> bars = longest(all, kMostBars);
  page.figure(
      draw_timeline(bars, {log_.first_seconds(), log_.last_seconds()}),
      "A bar an identity, by the time it appeared: wide while it is seen, a grey line while "
      "it is away and comes back." +
          left_out(bars.size(), "."));
}

void VideoPageSink::add_paths(report::Page& page, const std::vector<Identity>& all) const {
  if (still_.empty()) return;
  page.section("Paths");
  const std::vector<Identity> paths = longest(all, kMostPaths);
  page.figure(draw_trails(still_, width_, height_, paths),
              "Where the centres of the boxes went, over the frame at " +
                  clock_text(still_seconds_) +
                  ", the first with the most objects in view. A dot "
                  "is where an identity was seen last." +
                  left_out(paths.size(), "."));
}

void VideoPageSink::add_returns(report::Page& page) const {
  const std::vector<ReturnGallery::Entry> entries = gallery_.entries();
  if (entries.empty()) return;
  page.section("Before and after");
  const bool all = static_cast<std::int64_t>(entries.size()) == log_.returns();
  page.figure(draw_returns(entries),
              std::string("Left: before the identity went out of view. Right: when it was found "
                          "again. Are they the same?") +
                  (all ? ""
                       : " Shown are the " + std::to_string(entries.size()) +
                             " with the longest absence of " + report::grouped(log_.returns()) +
                             ", at most three an identity."));
}

void VideoPageSink::add_tables(report::Page& page, const std::vector<Identity>& all) const {
  const bool named = log_.classes().size() > 1 || !log_.classes().contains("");
  if (named) {
    std::vector<report::Row> rows;
    for (const auto& [label, count] : log_.classes()) {
      if (rows.size() == kMostRows) break;
      rows.push_back({label.empty() ? "unknown" : label, report::grouped(count)});
    }
    page.section("Classes");
    page.table({"", {{"Class"}, {"Identities", true}}}, rows);
  }
  page.section("Identities");
  std::vector<report::Row> rows;
  for (const Identity& identity : longest(all, kMostRows)) {
    rows.push_back({std::to_string(identity.id),
                    clock_text(identity.first_seconds()),
                    clock_text(identity.last_seconds()),
                    report::grouped(identity.frames),
                    report::grouped(identity.returns),
                    fixed_text(identity.score_sum / static_cast<double>(identity.frames), 2)});
    if (named) rows.back().insert(rows.back().begin() + 1, identity.label);
  }
  report::TableHead table{"",
                          {{"Id", true},
                           {"First seen", true},
                           {"Last seen", true},
                           {"Frames", true},
                           {"Found again", true},
                           {"Mean score", true}}};
  if (named) table.columns.insert(table.columns.begin() + 1, {"Class"});
  page.table(table, rows);
  const std::string note = left_out(rows.size(), "; -O csv and -O jsonl have them all.");
  if (!note.empty()) page.note(note.substr(1));
}

std::string VideoPageSink::page(bool whole) const {
  report::Page page(options_.title.empty() ? "Tracks of " + options_.input.name : options_.title);
  page.facts(facts(whole));
  const std::vector<Identity> all = log_.kept();
  if (all.empty()) {
    page.paragraph("No object was found.");
    return page.html();
  }
  page.section("Objects in view");
  page.figure(draw_counts(curve_, {log_.first_seconds(), log_.last_seconds()}));
  add_timeline(page, all);
  add_paths(page, all);
  add_returns(page);
  add_tables(page, all);
  return page.html();
}

}  // namespace

std::unique_ptr<Sink> open_video_page(const std::string& path, const SinkOptions& options) {
  return std::make_unique<VideoPageSink>(path, options);
}

}  // namespace heddle::io
