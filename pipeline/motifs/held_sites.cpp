#include "pipeline/motifs/held_sites.h"

#include "pipeline/motifs/motif_search.h"
#include "pipeline/motifs/site_records.h"

#include <cstring>
#include <utility>

namespace heddle::pipeline {

/// What stands in the spool, before `text_bytes` of text.
struct HeldSites::Entry {
  enum class Kind : std::int32_t { kStart, kSite, kEnd };
  Kind kind = Kind::kSite;
  std::int32_t motif = 0;       // of a site
  std::int32_t strand = 0;      // of a site; of a start: whether it is a circle
  std::int32_t loss = 0;        // of a site
  std::int64_t place = 0;       // a site's start, a sequence's length
  std::int64_t text_bytes = 0;  // a site's letters, a sequence's name
};

void HeldSites::put(const Entry& entry, std::string_view text) {
  Entry stored = entry;
  stored.text_bytes = static_cast<std::int64_t>(text.size());
  bytes_ += static_cast<std::int64_t>(sizeof stored + text.size());
  if (bytes_ > kMostBytes) {
    throw io::OutputError("the sites that wait for their q-values fill more than " +
                          std::to_string(kMostBytes >> 30) +
                          " GiB of temporary file; lower --p-value or leave out --fdr");
  }
  spool_.append({reinterpret_cast<const char*>(&stored), sizeof stored});
  spool_.append(text);
}

void HeldSites::take(const Item& item) {
  const Segment& segment = item.segment.value();
  if (segment.first) {
    put({.kind = Entry::Kind::kStart, .strand = segment.circular ? 1 : 0, .place = segment.length},
        segment.sequence);
  }
  if (!item.failure) {
    discovery_.tested(std::string_view(segment.bases)
                          .substr(static_cast<std::size_t>(segment.core_begin - segment.begin)),
                      segment.core_end - segment.core_begin);
    for (const MotifSite& site : sites_of(item)) {
      const auto& motif = motifs_[static_cast<std::size_t>(site.motif)];
      const FoundSite found = found_site(segment, site, motif.width());
      discovery_.found(site.motif, site.loss);
      put({.motif = site.motif, .strand = site.strand, .loss = site.loss, .place = found.start},
          found.letters);
    }
  }
  if (segment.last) put({.kind = Entry::Kind::kEnd, .place = segment.core_end}, segment.sequence);
}

void HeldSites::give_back(const Entry& entry, std::string_view text) {
  if (entry.kind == Entry::Kind::kStart) {
    sequence_ = text;
    give_(io::SequenceStart{sequence_, entry.place, entry.strand != 0});
  } else if (entry.kind == Entry::Kind::kEnd) {
    give_(io::SequenceEnd{sequence_, entry.place});
  } else if (const double q = discovery_.q_value(entry.motif, entry.loss); q <= fdr_) {
    const FoundSite site{sequence_, text, entry.place, entry.strand, entry.loss};
    give_(site_record(motifs_[static_cast<std::size_t>(entry.motif)], site, q));
  }
}

void HeldSites::release(double fdr, const std::function<void(io::Record)>& give) {
  discovery_.settle();
  fdr_ = fdr;
  give_ = give;
  std::string rest;  // the spool gives chunks that end anywhere
  spool_.drain([&](std::string_view chunk) {
    rest += chunk;
    std::size_t at = 0;
    Entry entry;
    while (rest.size() - at >= sizeof entry) {
      std::memcpy(&entry, rest.data() + at, sizeof entry);
      const auto text = static_cast<std::size_t>(entry.text_bytes);
      if (rest.size() - at < sizeof entry + text) break;
      give_back(entry, std::string_view(rest).substr(at + sizeof entry, text));
      at += sizeof entry + text;
    }
    rest.erase(0, at);
  });
}

}  // namespace heddle::pipeline
