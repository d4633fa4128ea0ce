#include "io/formats/genome_page/genome_page.h"

#include "io/atomic_file.h"
#include "io/formats/genome_page/genome_notes.h"
#include "io/formats/genome_page/page_parts.h"
#include "io/report/text.h"

#include <exception>
#include <utility>
#include <vector>

namespace heddle::io {
namespace {

using report::grouped;
using Facts = std::vector<std::pair<std::string, std::string>>;

std::string strands(std::int64_t all, std::int64_t forward) {
  return grouped(all) + " (" + grouped(forward) + " +, " + grouped(all - forward) + " -)";
}

void add_sums(Facts& facts, const GenomeNotes& notes) {
  facts.emplace_back("Sequences",
                     grouped(notes.sequences) + ", " + grouped(notes.bases) + " bases");
  if (notes.genes > 0) {
    facts.emplace_back("Genes", strands(notes.genes, notes.forward_genes));
    facts.emplace_back(
        "Bases in genes",
        share_text(static_cast<double>(notes.coding), static_cast<double>(notes.bases)));
    facts.emplace_back("Cut by an edge", grouped(notes.partial_genes));
    facts.emplace_back("With frameshifts", grouped(notes.shifted_genes));
  }
  if (notes.pairs + notes.copies + notes.arrays > 0) {
    facts.emplace_back("Pairs of copies",
                       grouped(notes.pairs) + " (" + grouped(notes.inverted) + " inverted)");
    facts.emplace_back("Copies in families", grouped(notes.copies));
    facts.emplace_back("Tandem arrays", grouped(notes.arrays));
  }
  if (!notes.rnas.empty()) {
    std::string text;
    for (const auto& [type, count] : notes.rnas) {
      text += (text.empty() ? "" : ", ") + grouped(count) + " " + type;
    }
    facts.emplace_back("RNA genes", text);
  }
  if (notes.crisprs > 0) facts.emplace_back("CRISPR arrays", grouped(notes.crisprs));
  if (notes.sites > 0) facts.emplace_back("Sites", strands(notes.sites, notes.forward_sites));
  if (notes.failures > 0) facts.emplace_back("Failures", grouped(notes.failures));
}

class GenomePage final : public Sink {
 public:
  GenomePage(const std::string& path, const SinkOptions& options)
      : options_(options), file_(path, options.overwrite) {}

  ~GenomePage() override {
    if (ended_ || !begun_) return;
    try {
      put_page(false);
    } catch (const std::exception&) {
      // The run has failed already and says why.
    }
  }

  void write(const Sample& sample, std::span<const Record> records) override {
    begun_ = true;
    notes_.take(sample, records);
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
  std::string page(bool whole);
  void add_failures(report::Page& page) const;
  void add_sequences(report::Page& page) const;

  SinkOptions options_;
  AtomicFile file_;
  GenomeNotes notes_;
  bool begun_ = false, ended_ = false;
};

void GenomePage::add_failures(report::Page& page) const {
  if (notes_.failures == 0) return;
  std::vector<report::Row> rows;
  for (const Failure& failure : notes_.first_failures)
    rows.push_back({failure.what, failure.reason});
  page.section("Failures");
  page.table({"The first " + std::to_string(rows.size()) + " of " + grouped(notes_.failures) + ".",
              {{"What"}, {"Why"}}},
             rows);
}

void GenomePage::add_sequences(report::Page& page) const {
  const auto drawn = static_cast<std::int64_t>(notes_.drawn().size());
  if (drawn < notes_.sequences) {
    page.note("Below are the longest " + grouped(drawn) + " of " + grouped(notes_.sequences) +
              " sequences.");
  }
  for (const SequenceNotes& sequence : notes_.drawn()) {
    page.section(heading_of(sequence));
    if (notes_.genes > 0) add_genes(page, sequence);
    add_rnas(page, sequence);
    add_crisprs(page, sequence);
    add_repeats(page, sequence);
    add_sites(page, sequence);
  }
}

std::string GenomePage::page(bool whole) {
  notes_.finish();
  report::Page page(options_.title.empty() ? options_.input.name : options_.title);
  if (!whole)
    page.paragraph("This run ended before its input: the page shows what was found until then.");
  Facts facts = options_.run;
  add_sums(facts, notes_);
  page.facts(facts);
  const bool found =
      notes_.genes + notes_.pairs + notes_.copies + notes_.arrays + notes_.sites + notes_.crisprs >
          0 ||
      !notes_.rnas.empty();
  if (!found) page.paragraph("Nothing was found.");
  add_failures(page);
  add_gene_sums(page, notes_);
  add_motif_sums(page, notes_);
  if (found) add_sequences(page);
  return page.html();
}

}  // namespace

std::unique_ptr<Sink> open_genome_page(const std::string& path, const SinkOptions& options) {
  return std::make_unique<GenomePage>(path, options);
}

}  // namespace heddle::io
