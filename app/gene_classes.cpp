#include "app/gene_classes.h"

#include "app/exit_codes.h"
#include "pipeline/rna_kinds.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string>
#include <string_view>

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

bool asked(const GenomeOptions& options, std::string_view name) {
  return std::ranges::find(options.classes, name) != options.classes.end();
}

}  // namespace

bool arrays_asked_for(const GenomeOptions& options) {
  return asked(options, "crispr") || asked(options, "all");
}

bool needs_model(const GenomeOptions& options) {
  return options.classes.empty() ||
         std::ranges::any_of(options.classes, [](const auto& name) { return name != "crispr"; });
}

std::string beside_coding(const GenomeOptions& options) {
  if (asked(options, "repeat")) {
    throw CommandError(kUsage,
                       "--classes repeat: repeats are a task of their own, --task repeats, and not "
                       "told among genes");
  }
  const std::vector<std::string>& all = options.classes;
  const auto other = std::ranges::find_if(all, [](const auto& name) { return name != "cds"; });
  if (other == all.end()) return "";
  if (!options.lift) return *other;
  throw CommandError(kUsage,
                     "--classes " + *other + ": only coding genes are lifted; leave out --lift");
}

std::string why_no_rna(const GenomeOptions& options, const attention::ModelInfo& model) {
  beside_coding(options);  // refuses what goes with no model
  const std::vector<std::string>& all = options.classes;
  const auto rna =
      std::ranges::find_if(all, [](const auto& name) { return name.ends_with("rna"); });
  if (rna == all.end() || tells_rna(model)) return "";
  return *rna + ": model '" + model.name + "' knows no RNA genes";
}

pipeline::GeneClasses gene_classes(const GenomeOptions& options,
                                   const attention::Model& model,
                                   bool wants_sequences) {
  const auto wanted = [&options](const std::string& name) {
    return options.classes.empty() || asked(options, name) || asked(options, "all");
  };
  const std::string why_not = why_no_rna(options, model.info());
  if (!why_not.empty()) {
    throw CommandError(
        kModel, "--classes " + why_not + "; genes-tiny, the default, does, and -m genes-rna");
  }
  const bool told = tells_rna(model.info());
  pipeline::GeneClasses classes;
  classes.coding = wanted("cds");
  classes.arrays = arrays_asked_for(options);
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
