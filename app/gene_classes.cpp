#include "app/gene_classes.h"

#include "app/exit_codes.h"
#include "pipeline/rna_kinds.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string>

namespace heddle::app {
namespace {

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& letter : made) letter = static_cast<char>(std::tolower(letter));
  return made;
}

bool tells_rna(const attention::ModelInfo& model) {
  try {
    return pipeline::rna_channel(model.fields) >= 0;
  } catch (const std::invalid_argument& error) {
    throw CommandError(kModel, model.path + ": " + error.what());
  }
}

}  // namespace

std::string rna_asked_for(const GenomeOptions& options) {
  const std::vector<std::string>& asked = options.classes;
  const auto rna = std::ranges::find_if(asked, [](const auto& name) { return name != "cds"; });
  if (rna == asked.end()) return "";
  if (!options.lift) return *rna;
  throw CommandError(kUsage,
                     "--classes " + *rna + ": only coding genes are lifted; leave out --lift");
}

std::string why_no_rna(const GenomeOptions& options, const attention::ModelInfo& model) {
  const std::string rna = rna_asked_for(options);
  if (rna.empty() || tells_rna(model)) return "";
  return rna + ": model '" + model.name + "' knows no RNA genes";
}

pipeline::GeneClasses gene_classes(const GenomeOptions& options,
                                   const attention::Model& model,
                                   bool wants_sequences) {
  const std::vector<std::string>& asked = options.classes;
  const auto wanted = [&asked](const std::string& name) {
    return asked.empty() || std::ranges::find(asked, name) != asked.end();
  };
  const std::string why_not = why_no_rna(options, model.info());
  if (!why_not.empty()) {
    throw CommandError(
        kModel, "--classes " + why_not + "; genes-tiny, the default, does, and -m genes-rna");
  }
  const bool told = tells_rna(model.info());
  pipeline::GeneClasses classes;
  classes.coding = wanted("cds");
  if (!told || options.lift) return classes;
  pipeline::RnaOptions rnas;
  rnas.wants_sequences = wants_sequences;
  for (std::size_t i = 0; i < rnas.wanted.size(); ++i) {
    rnas.wanted[i] = wanted(lower(pipeline::rna_kinds()[i].type));
  }
  const bool any = std::ranges::any_of(rnas.wanted, [](bool one) { return one; });
  if (any) classes.rna = rnas;
  return classes;
}

}  // namespace heddle::app
