#include "io/formats/alignment_selection.h"

#include "io/error.h"

#include <algorithm>
#include <filesystem>

namespace heddle::io {
namespace {

std::string some_references(const sam_hdr_t* header) {
  constexpr int kShown = 5;
  const int count = sam_hdr_nref(header);
  if (count == 0) return "the file names no references: its reads are not aligned";
  std::string text = "it has";
  for (int i = 0; i < std::min(count, kShown); ++i) {
    text += std::string(i == 0 ? " " : ", ") + sam_hdr_tid2name(header, i);
  }
  return count > kShown ? text + " and " + std::to_string(count - kShown) + " more" : text;
}

}  // namespace

std::string index_beside(const std::string& name) {
  namespace fs = std::filesystem;
  const fs::path file = name;
  std::error_code none;
  const auto changed = fs::last_write_time(file, none);
  if (none) return "";
  for (const char* extension : {".csi", ".bai", ".crai"}) {
    const std::string candidates[] = {file.string() + extension,
                                      fs::path(file).replace_extension(extension).string()};
    for (const std::string& path : candidates) {
      const auto made = fs::last_write_time(path, none);
      if (!none && made >= changed) return path;
    }
  }
  return "";
}

AlignmentSelection::AlignmentSelection(const ReadFilter& filter, sam_hdr_t* header)
    : with_all_(filter.with_all), without_(filter.without), min_quality_(filter.min_quality) {
  if (!filter.regions.empty()) named_.emplace();
  for (const std::string& text : filter.regions) {
    add(parse_region(text, sam_hdr_name2tid(header, text.c_str()) >= 0), header, *named_);
  }
  if (!filter.bed.empty()) {
    listed_.emplace();
    for (const Region& region : read_bed_regions(filter.bed)) add(region, header, *listed_);
  }
  for (std::optional<Stretches>* all : {&named_, &listed_}) {
    if (*all) join_overlaps(**all);
  }
}

void AlignmentSelection::add(const Region& region, sam_hdr_t* header, Stretches& stretches) {
  const int reference = sam_hdr_name2tid(header, region.reference.c_str());
  if (reference < 0) {
    throw InputError("region on '" + region.reference + "': the file has no such reference; " +
                     some_references(header));
  }
  const std::int64_t length = sam_hdr_tid2len(header, reference);
  stretches[reference].push_back({region.start, std::min(region.end, length)});
}

void AlignmentSelection::join_overlaps(Stretches& stretches) {
  for (auto& [reference, all] : stretches) {
    std::sort(all.begin(), all.end(), [](const Stretch& a, const Stretch& b) {
      return a.start < b.start;
    });
    std::vector<Stretch> joined;
    for (const Stretch& one : all) {
      if (one.end <= one.start) continue;
      if (!joined.empty() && one.start <= joined.back().end) {
        joined.back().end = std::max(joined.back().end, one.end);
      } else {
        joined.push_back(one);
      }
    }
    all = std::move(joined);
  }
}

bool AlignmentSelection::overlap(const Stretches& stretches, const bam1_t& record) {
  const auto found = stretches.find(record.core.tid);
  if (found == stretches.end()) return false;
  const std::int64_t end = bam_endpos(&record);
  const auto behind = std::lower_bound(
      found->second.begin(), found->second.end(), end, [](const Stretch& one, std::int64_t at) {
        return one.start < at;
      });
  return behind != found->second.begin() && std::prev(behind)->end > record.core.pos;
}

bool AlignmentSelection::wants(const bam1_t& record) const {
  return (record.core.flag & with_all_) == with_all_ && (record.core.flag & without_) == 0 &&
         record.core.qual >= min_quality_ && (!named_ || overlap(*named_, record)) &&
         (!listed_ || overlap(*listed_, record));
}

std::vector<std::string> AlignmentSelection::index_regions(const sam_hdr_t* header) const {
  std::vector<std::string> texts;
  for (const auto& [reference, stretches] : named_ ? *named_ : *listed_) {
    for (const Stretch& one : stretches) {
      texts.push_back("{" + std::string(sam_hdr_tid2name(header, reference)) +
                      "}:" + std::to_string(one.start + 1) + "-" + std::to_string(one.end));
    }
  }
  return texts;
}

}  // namespace heddle::io
