#include "app/summary.h"

#include <algorithm>
#include <cstdio>

namespace heddle::app {
namespace {

std::string counted(std::int64_t n, const std::string& one, const std::string& many) {
  std::string digits = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits + " " + (n == 1 ? one : many);
}

}  // namespace

void SequenceCount::add(const io::Record& record) {
  begun_ += std::holds_alternative<io::SequenceStart>(record) ? 1 : 0;
  ended_ += std::holds_alternative<io::SequenceEnd>(record) ? 1 : 0;
  failures_ += std::holds_alternative<io::Failure>(record) ? 1 : 0;
}

void SequenceCount::read(const pipeline::Item& item) {
  if (item.segment) bases_ += item.segment->core_end - item.segment->core_begin;
}

std::string SequenceCount::text(const std::string& found) const {
  const std::string open = begun_ == ended_ ? ""
                           : begun_ == 1    ? " (not to its end)"
                                            : " (the last not to its end)";
  return counted(begun_, "sequence", "sequences") + open + ", " + counted(bases_, "base", "bases") +
         ": " + found + (failures_ > 0 ? "; " + counted(failures_, "failure", "failures") : "");
}

void GenomeSummary::add(const io::Interval& gene) {
  if (gene.type == "repeat_region") {
    ++arrays_;
    return;
  }
  if (gene.type != "CDS") {
    ++rnas_[gene.type];
    return;
  }
  ++genes_;
  plus_ += gene.strand == '+' ? 1 : 0;
  partial_ += gene.partial_start || gene.partial_end ? 1 : 0;
  shifted_ += gene.parts.size() > 1 ? 1 : 0;
  for (const io::Interval::Part& part : gene.parts) coding_ += part.end - part.start;
}

void GenomeSummary::add(std::span<const io::Record> records) {
  for (const io::Record& record : records) {
    if (const auto* gene = std::get_if<io::Interval>(&record)) add(*gene);
    counted_.add(record);
  }
}

std::string GenomeSummary::text() const {
  const std::string arrays = counted(arrays_, "CRISPR array", "CRISPR arrays");
  if (!tells_genes_) return counted_.text(arrays);
  std::string found = counted(genes_, "gene", "genes") + " (" + std::to_string(plus_) + " +, " +
                      std::to_string(genes_ - plus_) + " -)";
  if (partial_ > 0) found += ", " + std::to_string(partial_) + " at an edge";
  if (shifted_ > 0) found += ", " + std::to_string(shifted_) + " with frameshifts mended";
  if (counted_.bases() > 0) {
    char share[40];
    std::snprintf(share,
                  sizeof share,
                  ", coding %.0f %%",
                  100.0 * static_cast<double>(coding_) / static_cast<double>(counted_.bases()));
    found += share;
  }
  for (const auto& [type, count] : rnas_) found += ", " + counted(count, type, type);
  if (tells_arrays_) found += ", " + arrays;
  return counted_.text(found);
}

void MotifSummary::add(std::span<const io::Record> records) {
  for (const io::Record& record : records) {
    if (const auto* site = std::get_if<io::Interval>(&record)) {
      ++sites_;
      plus_ += site->strand == '+' ? 1 : 0;
      for (const auto& [key, value] : site->attributes) {
        if (key == "Name") motifs_.insert(value);
      }
    }
    counted_.add(record);
  }
}

std::string MotifSummary::text() const {
  return counted_.text(counted(sites_, "site", "sites") + " (" + std::to_string(plus_) + " +, " +
                       std::to_string(sites_ - plus_) + " -) of " +
                       counted(static_cast<std::int64_t>(motifs_.size()), "motif", "motifs"));
}

void RepeatSummary::add(std::span<const io::Record> records) {
  for (const io::Record& record : records) {
    if (const auto* interval = std::get_if<io::Interval>(&record)) {
      arrays_ += interval->type == "tandem_repeat" ? 1 : 0;
      copies_ += interval->type == "repeat_region" ? 1 : 0;
    }
    if (const auto* pair = std::get_if<io::Pair>(&record)) {
      ++pairs_;
      inverted_ += pair->strand == '-' ? 1 : 0;
    }
    counted_.add(record);
  }
}

std::string RepeatSummary::text() const {
  return counted_.text(counted(pairs_, "pair", "pairs") + " (" + std::to_string(inverted_) +
                       " inverted), " + counted(copies_, "copy", "copies") + ", " +
                       counted(arrays_, "tandem array", "tandem arrays"));
}

void VideoSummary::add(std::span<const io::Record> records) {
  ++frames_;
  std::int64_t visible = 0;
  for (const io::Record& record : records) {
    if (const auto* track = std::get_if<io::Track>(&record)) {
      using State = io::Track::State;
      const bool here = track->state != State::kLost && track->state != State::kEnded;
      visible += here ? 1 : 0;
      recovered_ += track->state == State::kRecovered ? 1 : 0;
      objects_ = std::max(objects_, track->id);
    }
    if (std::holds_alternative<io::Failure>(record)) ++failures_;
  }
  most_ = std::max(most_, visible);
}

std::string VideoSummary::text() const {
  std::string text = counted(frames_, "frame", "frames") + ": " +
                     counted(objects_, "object", "objects") + ", at most " + std::to_string(most_) +
                     " at once";
  if (recovered_ > 0) text += ", found again " + counted(recovered_, "time", "times");
  return text + (failures_ > 0 ? "; " + counted(failures_, "failure", "failures") : "");
}

}  // namespace heddle::app
