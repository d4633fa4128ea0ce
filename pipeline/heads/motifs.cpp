#include "pipeline/heads/motifs.h"

#include "pipeline/motifs/motif_search.h"
#include "pipeline/motifs/site_records.h"

namespace heddle::pipeline {
namespace {

void enter(Item& item) {
  const Segment& segment = item.segment.value();
  if (!segment.first) return;
  item.records.emplace_back(io::SequenceStart{segment.sequence, segment.length, segment.circular});
}

void leave(Item& item) {
  const Segment& segment = *item.segment;
  if (!segment.last) return;
  item.records.emplace_back(io::SequenceEnd{segment.sequence, segment.core_end});
}

}  // namespace

void MotifHead::process(Item& item) {
  enter(item);
  for (const MotifSite& site : sites_of(item)) {
    const ScoredMotif& motif = motifs_[static_cast<std::size_t>(site.motif)];
    item.records.emplace_back(site_record(motif, found_site(*item.segment, site, motif.width())));
  }
  leave(item);
}

void MotifHead::skip(Item& item) {
  enter(item);
  leave(item);
}

}  // namespace heddle::pipeline
