#pragma once
// A folder with a small gene model, a genome and its genes, in which tests run `heddle train`.

#include "tests/cli/cli.h"
#include "tests/unit/attention/train/tiny_gene_model.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace heddle {

class Train : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    const std::filesystem::path root = HEDDLE_ROOT;
    std::filesystem::copy(root / "tests/golden/stored/contig/genome.gff3", folder_ / "genome.gff3");
    attention::train::tiny_gene_model().save((folder_ / "tiny.safetensors").string());
  }
  /// Words that every run here shares.
  std::string with(const std::string& words) const {
    return "train --from tiny.safetensors --batch 2 --warm-up 2 --learning-rate 0.01 " + words;
  }
  std::vector<nlohmann::json> log(const std::string& name) {
    std::istringstream lines(text(name));
    std::vector<nlohmann::json> parsed;
    for (std::string line; std::getline(lines, line);)
      parsed.push_back(nlohmann::json::parse(line));
    return parsed;
  }
  std::vector<double> numbers(const std::string& name, const char* key) {
    std::vector<double> found;
    for (const auto& line : log(name)) {
      if (line.contains(key)) found.push_back(line[key]);
    }
    return found;
  }
  const std::string files_ = "--fasta genome.fa --gff genome.gff3 ";
};

}  // namespace heddle
