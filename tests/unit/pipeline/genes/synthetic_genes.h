#pragma once
// Sequences with planted genes and scores that know about them, for the tests of the decoder.

#include "attention/tensor/tensor.h"
#include "pipeline/heads/genes/gene_decoder.h"

#include <random>
#include <string>
#include <vector>

namespace heddle::pipeline {

class SyntheticGenes {
 public:
  /// Letters without a start or a stop on either strand: genes are where they are planted.
  explicit SyntheticGenes(int length, std::uint32_t seed = 1) : rng_(seed) {
    while (static_cast<int>(bases.size()) < length) bases += "CGGCCGCCGCGG"[draw(12)];
    labels.assign(2, std::vector<int>(bases.size(), 0));
  }

  /// A whole gene of `codons` codons, stop included, on its own letters.
  void plant(int start, int codons, char strand, const std::string& stop = "TAA") {
    std::string gene = "ATG";
    for (int i = 2; i < codons; ++i) gene += kCodons[draw(kCodons.size())];
    gene += stop;
    for (std::size_t i = 30; closed_frames && i + 30 < gene.size(); i += 60) {
      gene.replace(i, 6, "CTAGCC").replace(i + 12, 6, "GCTAGC");
    }
    bases.replace(static_cast<std::size_t>(start),
                  gene.size(),
                  strand == '+' ? gene : reverse_complement(gene));
    label(start, start + 3 * codons, strand, 0);
  }

  /// Bases [from, to) are coding; `phase` is the codon phase of the first in reading direction.
  void label(int from, int to, char strand, int phase) {
    for (int i = 0; i < to - from; ++i) {
      const int at = strand == '+' ? from + i : to - 1 - i;
      labels[strand == '+' ? 0 : 1][static_cast<std::size_t>(at)] = 1 + (phase + i) % 3;
    }
  }

  void insert(int at, char letter) {
    bases.insert(bases.begin() + at, letter);
    for (auto& strand : labels) strand.insert(strand.begin() + at, 0);
  }
  void erase(int at) {
    bases.erase(bases.begin() + at);
    for (auto& strand : labels) strand.erase(strand.begin() + at);
  }

  /// log 0.94 for what is so, log 0.02 for the rest.
  attention::Tensor scores() const {
    const auto n = static_cast<std::int64_t>(bases.size());
    attention::Tensor tensor(attention::DType::kF32, {8, n});
    float* data = tensor.view().as<float>();
    for (std::int64_t channel = 0; channel < 8; ++channel) {
      for (std::int64_t i = 0; i < n; ++i) {
        const int so = labels[static_cast<std::size_t>(channel / 4)][static_cast<std::size_t>(i)];
        data[channel * n + i] = so == channel % 4 ? -0.062F : -3.912F;
      }
    }
    return tensor;
  }

  std::string bases;
  bool closed_frames = false;  // genes to be planted have stops in the two frames nobody reads
  std::vector<std::vector<int>> labels;  // by strand: 0 none, 1 + codon phase

 private:
  std::size_t draw(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(rng_);
  }

  inline static const std::vector<std::string> kCodons = {"GCC", "GGC", "AAG", "GAC", "CCG", "CGC"};
  std::mt19937 rng_;
};

inline std::vector<io::Interval> decode(GeneDecoder& decoder,
                                        const std::string& bases,
                                        const attention::TensorView& scores,
                                        std::int64_t cut,
                                        bool circular = false) {
  std::vector<io::Record> out;
  decoder.begin("contig", circular);
  const auto n = static_cast<std::int64_t>(bases.size());
  for (std::int64_t at = 0; at < n; at += cut) {
    const std::int64_t count = std::min(cut, n - at);
    decoder.push(std::string_view(bases).substr(static_cast<std::size_t>(at),
                                                static_cast<std::size_t>(count)),
                 scores.slice(1, at, count),
                 out);
  }
  decoder.finish(out);
  std::vector<io::Interval> genes;
  for (const io::Record& record : out) genes.push_back(std::get<io::Interval>(record));
  return genes;
}

inline std::vector<io::Interval> decode(const GeneOptions& options,
                                        const SyntheticGenes& made,
                                        std::int64_t cut = 1 << 20,
                                        bool circular = false) {
  GeneDecoder decoder(options);
  return decode(decoder, made.bases, made.scores().view(), cut, circular);
}

/// "+100-400/0" for each part, parts of a gene joined by '|', '<' and '>' where an end is open.
inline std::string text(const io::Interval& gene) {
  std::string line;
  for (const io::Interval::Part& part : gene.parts) {
    line += (line.empty() ? std::string(1, gene.strand) : "|") + std::to_string(part.start) + "-" +
            std::to_string(part.end) + "/" + std::to_string(part.phase);
  }
  return (gene.partial_start ? "<" : "") + line + (gene.partial_end ? ">" : "");
}

inline std::vector<std::string> texts(const std::vector<io::Interval>& genes) {
  std::vector<std::string> lines;
  for (const io::Interval& gene : genes) lines.push_back(text(gene));
  return lines;
}

}  // namespace heddle::pipeline
