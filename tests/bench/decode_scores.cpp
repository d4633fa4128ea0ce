// Decodes genes from stored per-base scores: the gene decoder alone, without the model, for tuning
// its prices and timing it.
//
// usage: decode_scores NAME.scores NAME.fa [option=value ...] > NAME.gff3
//
// NAME.scores: for each contig a line 'name<TAB>length' and 8 x length bytes, channel-major, each
// minus 16 times a log-probability. Options: code, error-model (auto|none|indels), min-length,
// cut (bases a push), circular (0|1) and every price by its name in gene_options.h.

#include "pipeline/heads/genes/gene_decoder.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace {

using namespace heddle;
using namespace heddle::pipeline;

struct Setting {
  GeneOptions genes;
  std::int64_t cut = 4608;
  bool circular = false;
};

void set_price(GenePrices& prices, const std::string& name, double value) {
  const std::map<std::string, double*> table = {{"evidence_limit", &prices.evidence_limit},
                                                {"clean_limit", &prices.clean_limit},
                                                {"codon_usage", &prices.codon_usage},
                                                {"gene", &prices.gene},
                                                {"gtg", &prices.gtg},
                                                {"ttg", &prices.ttg},
                                                {"rare_start", &prices.rare_start},
                                                {"ribosome_site", &prices.ribosome_site},
                                                {"short_gene", &prices.short_gene},
                                                {"open_end", &prices.open_end},
                                                {"same_strand", &prices.same_strand},
                                                {"same_strand_base", &prices.same_strand_base},
                                                {"other_strand", &prices.other_strand},
                                                {"other_strand_base", &prices.other_strand_base},
                                                {"shift", &prices.shift},
                                                {"read_through", &prices.read_through}};
  const auto found = table.find(name);
  if (found == table.end()) throw std::invalid_argument("no option or price '" + name + "'");
  *found->second = value;
}

ErrorModel error_model(const std::string& name) {
  if (name == "auto") return ErrorModel::kAuto;
  if (name == "none") return ErrorModel::kNone;
  if (name == "indels") return ErrorModel::kIndels;
  throw std::invalid_argument("error-model is auto, none or indels, not '" + name + "'");
}

void apply(Setting& setting, const std::string& name, const std::string& value) {
  if (name == "code") {
    setting.genes.genetic_code = std::stoi(value);
  } else if (name == "error-model") {
    setting.genes.error_model = error_model(value);
  } else if (name == "min-length") {
    setting.genes.min_length = std::stoi(value);
  } else if (name == "short_length") {
    setting.genes.prices.short_length = std::stoi(value);
  } else if (name == "cut") {
    setting.cut = std::stoll(value);
  } else if (name == "circular") {
    setting.circular = value == "1";
  } else {
    set_price(setting.genes.prices, name, std::stod(value));
  }
}

std::map<std::string, std::string> read_fasta(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  std::map<std::string, std::string> contigs;
  std::string* bases = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('>')) {
      bases = &contigs[line.substr(1, line.find_first_of(" \t") - 1)];
    } else if (bases != nullptr) {
      for (const char letter : line) bases->push_back("ACGTN"[base_code(letter)]);
    }
  }
  return contigs;
}

void print(const io::Interval& gene, std::int64_t number) {
  for (const io::Interval::Part& part : gene.parts) {
    std::printf("%s\theddle\tCDS\t%lld\t%lld\t%.1f\t%c\t%d\tID=cds%lld",
                gene.sequence.c_str(),
                static_cast<long long>(part.start + 1),
                static_cast<long long>(part.end),
                gene.score,
                gene.strand,
                part.phase,
                static_cast<long long>(number));
    for (const auto& [key, value] : gene.attributes) {
      std::printf(";%s=%s", key.c_str(), value.c_str());
    }
    std::printf("%s\n", gene.partial_start || gene.partial_end ? ";partial=true" : "");
  }
}

void decode(GeneDecoder& decoder,
            const std::string& name,
            const std::string& bases,
            const std::vector<float>& scores,
            const Setting& setting) {
  static std::int64_t number = 0;
  std::vector<io::Record> out;
  const auto length = static_cast<std::int64_t>(bases.size());
  decoder.begin(name, setting.circular);
  const attention::TensorView all =
      attention::view_of(const_cast<float*>(scores.data()), {8, length});
  for (std::int64_t at = 0; at < length; at += setting.cut) {
    const std::int64_t n = std::min(setting.cut, length - at);
    decoder.push(
        std::string_view(bases).substr(static_cast<std::size_t>(at), static_cast<std::size_t>(n)),
        all.slice(1, at, n),
        out);
  }
  decoder.finish(out);
  for (const io::Record& record : out) print(std::get<io::Interval>(record), ++number);
}

int run(int argc, char** argv) {
  if (argc < 3) throw std::invalid_argument("usage: decode_scores X.scores X.fa [name=value ...]");
  Setting setting;
  for (int i = 3; i < argc; ++i) {
    const std::string text = argv[i];
    const std::size_t split = std::min(text.find('='), text.size() - 1);
    apply(setting, text.substr(0, split), text.substr(split + 1));
  }
  const auto contigs = read_fasta(argv[2]);
  std::ifstream file(argv[1], std::ios::binary);
  if (!file) throw std::runtime_error(std::string("cannot open ") + argv[1]);
  GeneDecoder decoder(setting.genes);
  double seconds = 0;
  std::puts("##gff-version 3");
  for (std::string line; std::getline(file, line);) {
    const std::string name = line.substr(0, line.find('\t'));
    const std::string& bases = contigs.at(name);
    std::vector<char> bytes(8 * bases.size());
    if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
      throw std::runtime_error("scores of " + name + " are shorter than its bases");
    }
    std::vector<float> scores;
    scores.reserve(bytes.size());
    for (const char b : bytes) {
      scores.push_back(static_cast<float>(static_cast<unsigned char>(b)) / -16.0F);
    }
    const auto begin = std::chrono::steady_clock::now();
    decode(decoder, name, bases, scores, setting);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  const GeneDecoder::Statistics& done = decoder.statistics();
  std::fprintf(stderr,
               "%lld bases, %lld genes (%lld shifted), %lld forced, %.2f s, %.1f Mb/s\n",
               static_cast<long long>(done.bases),
               static_cast<long long>(done.genes),
               static_cast<long long>(done.shifted_genes),
               static_cast<long long>(done.forced),
               seconds,
               static_cast<double>(done.bases) / 1e6 / seconds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "decode_scores: " << error.what() << '\n';
    return 1;
  }
}
