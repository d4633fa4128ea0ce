#include "io/formats/genome_page/kept.h"
#include "io/formats/genome_page/sequence_notes.h"
#include "io/sink.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace heddle::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Interval feature(const std::string& type,
                 std::int64_t start,
                 std::int64_t end,
                 std::vector<std::pair<std::string, std::string>> attributes = {}) {
  Interval made;
  made.sequence = "c<1>";
  made.type = type;
  made.parts = {{start, end, 0}};
  made.score = 50;
  made.attributes = std::move(attributes);
  return made;
}

Pair pair_at(std::int64_t first, std::int64_t second, std::int64_t length, char strand) {
  Pair made;
  made.first = {"c<1>", first, first + length, 100000};
  made.second = {"c<1>", second, second + length, 100000};
  made.strand = strand;
  made.matches = length - 10;
  made.columns = length;
  return made;
}

/// The page of one sequence with these records.
std::string page_of(std::vector<Record> records, bool whole = true, bool circular = false) {
  const ScratchFolder folder;
  SinkOptions options;
  options.title = "Report of <x>.fa";
  options.run = {{"Task", "a & b"}};
  const auto sink = open_sink("html", folder / "a.html", options);
  records.insert(records.begin(), SequenceStart{"c<1>", -1, circular});
  if (whole) records.emplace_back(SequenceEnd{"c<1>", 100000});
  Sequence piece;
  piece.name = "c<1>";
  for (int i = 0; i < 10000; ++i) piece.bases += "ACGGT";
  sink->write(piece, records);
  if (whole) {
    sink->close();
    return read_file(folder / "a.html");
  }
  sink->close_partial();
  return read_file(folder / "a.html.partial");
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(GenomePage, NamesOfStrangersAreEscaped) {
  const std::string page = page_of({feature("CDS", 100, 400)});
  EXPECT_THAT(page, HasSubstr("c&lt;1&gt;"));
  EXPECT_THAT(page, HasSubstr("a &amp; b"));
  EXPECT_THAT(page, Not(HasSubstr("c<1>")));
}

TEST(GenomePage, ShowsPairsFamiliesAndArraysOfRepeats) {
  const std::string page =
      page_of({feature("repeat_region", 1000, 1500, {{"rpt_family", "R7"}}),
               feature("repeat_region", 9000, 9500, {{"rpt_family", "R7"}}),
               feature("tandem_repeat", 20000, 20060, {{"period", "12"}, {"rpt_unit_seq", "ACGT"}}),
               pair_at(9000, 1000, 500, '-')});
  EXPECT_THAT(page, HasSubstr("Dot plot of c&lt;1&gt;"));
  EXPECT_THAT(page, HasSubstr("9,001-9,500 and 1,001-1,500, inverted, 98 %"));
  EXPECT_THAT(page, HasSubstr("<td>R7</td><td class=\"number\">2</td>"));
  EXPECT_THAT(page, HasSubstr("20,001-20,060"));
  EXPECT_THAT(page, Not(HasSubstr("Repeats around")));
}

TEST(GenomePage, ACircleIsDrawnAsOne) {
  EXPECT_THAT(page_of({pair_at(9000, 1000, 500, '+')}, true, true), HasSubstr("<title"));
  EXPECT_THAT(page_of({feature("repeat_region", 1000, 1500, {{"rpt_family", "R7"}}),
                       pair_at(9000, 1000, 500, '+')},
                      true,
                      true),
              HasSubstr("Repeats around c&lt;1&gt;"));
}

TEST(GenomePage, GenesOfACircleAreDrawnAroundIt) {
  const std::vector<Record> one{feature("CDS", 100, 400)};
  EXPECT_THAT(page_of(one, true, true), HasSubstr("Genes around c&lt;1&gt;"));
  EXPECT_THAT(page_of(one), Not(HasSubstr("Genes around")));
}

TEST(GenomePage, NoLabelOfTheCircleIsCutAtItsEdge) {
  const std::string page = page_of(
      {pair_at(10000, 60000, 500, '+'), feature("repeat_region", 10000, 10500)}, true, true);
  const std::size_t from = page.find("Repeats around");
  const std::string drawing = page.substr(from, page.find("</svg>", from) - from);
  constexpr double kLetter = 7;  // pixels, no less than one is wide
  int labels = 0;
  for (std::size_t at = 0; (at = drawing.find("<text x=\"", at)) != drawing.npos; ++at) {
    const double x = std::stod(drawing.substr(at + 9));
    const std::size_t open = drawing.find('>', at);
    const auto letters = static_cast<double>(drawing.find('<', open) - open - 1);
    const bool left_of_x = drawing.substr(at, open - at).find("\"end\"") != std::string::npos;
    if (!left_of_x) continue;
    ++labels;
    EXPECT_GE(x, kLetter * letters);
  }
  EXPECT_GT(labels, 2);
}

TEST(GenomePage, MotifsOfOneNameAreToldApartByTheirIds) {
  const std::string page =
      page_of({feature("nucleotide_motif", 100, 110, {{"Name", "MA0001.1"}, {"Alias", "AGL3"}}),
               feature("nucleotide_motif", 300, 310, {{"Name", "MA0001.2"}, {"Alias", "AGL3"}}),
               feature("nucleotide_motif", 500, 510, {{"Name", "MA0009.1"}, {"Alias", "TBXT"}})});
  const std::string drawing = page.substr(page.find("Sites along"));
  EXPECT_THAT(drawing, HasSubstr(">MA0001.1 AGL3<"));
  EXPECT_THAT(drawing, HasSubstr(">MA0001.2 AGL3<"));
  EXPECT_THAT(drawing, HasSubstr(">TBXT<"));
}

TEST(GenomePage, ShowsGenesOnBothStrandsWithDensityAndSkew) {
  Interval reverse = feature("CDS", 50000, 50900);
  reverse.strand = '-';
  const std::string page = page_of({feature("CDS", 100, 400), reverse});
  EXPECT_THAT(page, HasSubstr("101-400 (+), 300 bases"));
  EXPECT_THAT(page, HasSubstr("50,001-50,900 (-), 900 bases"));
  EXPECT_THAT(page, HasSubstr("Gene lengths"));
  EXPECT_THAT(page, HasSubstr("Coding density and GC"));
  EXPECT_THAT(page, HasSubstr("GC skew"));
}

TEST(GenomePage, ListsTheMotifsWithMostSites) {
  const std::vector<std::pair<std::string, std::string>> one{{"Name", "M1"}, {"pvalue", "1e-06"}};
  const std::vector<std::pair<std::string, std::string>> two{{"Name", "M2"}, {"pvalue", "2e-06"}};
  const std::string page = page_of({feature("nucleotide_motif", 10, 20, one),
                                    feature("nucleotide_motif", 30, 40, two),
                                    feature("nucleotide_motif", 90, 99, two)});
  EXPECT_LT(page.find("<td>M2</td>"), page.find("<td>M1</td>"));
  EXPECT_THAT(page, HasSubstr("Sites along c&lt;1&gt;"));
}

TEST(GenomePage, AnInterruptedRunSaysSo) {
  EXPECT_THAT(page_of({feature("CDS", 100, 400)}, false), HasSubstr("ended before its input"));
}

TEST(GenomePage, AReferenceThatReadsLieOnIsDrawnWithTheLengthOfItsStart) {
  const ScratchFolder folder;
  const auto sink = open_sink("html", folder / "a.html", {});
  Sequence read;
  read.name = "read 1";
  read.bases = "ACGT";
  const std::vector<Record> records{SequenceStart{"c<1>", 100000}, feature("CDS", 100, 400)};
  sink->write(read, records);
  sink->close();
  const std::string page = read_file(folder / "a.html");
  EXPECT_THAT(page, HasSubstr("1, 100,000 bases"));
  EXPECT_THAT(page, HasSubstr("<h2>c&lt;1&gt;, 100,000 bases</h2>"));
  EXPECT_THAT(page, HasSubstr("101-400 (+), 300 bases"));
}

TEST(GenomePage, ARunThatFailsLeavesThePageOfWhatItFound) {
  const ScratchFolder folder;
  {
    const auto sink = open_sink("html", folder / "a.html", {});
    const std::vector<Record> records{SequenceStart{"c<1>", 1000}, feature("CDS", 100, 400)};
    sink->write(Sequence{}, records);
  }
  const std::string page = read_file(folder / "a.html.partial");
  EXPECT_THAT(page, HasSubstr("ended before its input"));
  EXPECT_THAT(page, HasSubstr("101-400 (+), 300 bases"));
}

TEST(GenomePage, ARunThatFailsBeforeItsInputLeavesNothing) {
  const ScratchFolder folder;
  open_sink("html", folder / "a.html", {}).reset();
  EXPECT_FALSE(std::filesystem::exists(folder / "a.html.partial"));
}

TEST(GenomePage, NothingFoundIsSaid) { EXPECT_THAT(page_of({}), HasSubstr("Nothing was found.")); }

TEST(GenomePage, FailuresAreListed) {
  EXPECT_THAT(page_of({Failure{"read <r>", "too short"}}), HasSubstr("<td>read &lt;r&gt;</td>"));
}

TEST(GenomePage, IsBoundedAndSaysWhatItLeavesOut) {
  std::vector<Record> records;
  for (int i = 0; i < 20000; ++i) records.emplace_back(pair_at(50000 + i, i, 100 + i % 7, '+'));
  const std::string page = page_of(std::move(records));
  EXPECT_LT(page.size(), std::size_t{1} << 20);
  EXPECT_THAT(page, HasSubstr("Drawn are the longest 3,000 of 20,000 pairs."));
}

TEST(GenomePage, OnlyTheLongestSequencesAreDrawn) {
  const ScratchFolder folder;
  const auto sink = open_sink("html", folder / "a.html", {});
  for (int i = 0; i < 30; ++i) {
    const std::string name = "contig" + std::to_string(i);
    Interval gene = feature("CDS", 100, 400);
    gene.sequence = name;
    const std::vector<Record> records{
        SequenceStart{name, -1}, gene, SequenceEnd{name, 1000 + 10 * i}};
    sink->write(Sequence{}, records);
  }
  sink->close();
  const std::string page = read_file(folder / "a.html");
  EXPECT_EQ(count_of(page, "<h2>contig"), 8u);
  EXPECT_THAT(page, HasSubstr("<h2>contig29, 1,290 bases</h2>"));
  EXPECT_THAT(page, HasSubstr("longest 8 of 30 sequences"));
}

TEST(PageBins, KeepTheirSumWhileTheyWiden) {
  Bins bins;
  bins.add(0, 100);
  bins.add(99, 101, 2);
  bins.add(50'000'000, 50'000'010);
  double sum = 0;
  for (const double one : bins.sums()) sum += one;
  EXPECT_DOUBLE_EQ(sum, 114);
  EXPECT_LE(bins.sums().size(), Bins::kMost);
}

TEST(PageLargest, AreTheLargestAndOfEqualsTheFirst) {
  Largest<int> largest(3);
  for (const auto& [size, value] : {std::pair(5, 1), {9, 2}, {5, 3}, {7, 4}, {5, 5}}) {
    largest.put(size, value);
  }
  EXPECT_THAT(largest.sorted(), ElementsAre(2, 4, 1));
  EXPECT_EQ(largest.count(), 5);
  EXPECT_FALSE(largest.all_kept());
}

}  // namespace
}  // namespace heddle::io
