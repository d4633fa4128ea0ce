#include "app/gene_passes.h"

#include "app/exit_codes.h"
#include "app/models.h"
#include "attention/model/model_info.h"
#include "pipeline/gene_scores.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <stdexcept>

namespace heddle::app {

int gene_passes(const GenomeOptions& options, const attention::Model& model) {
  if (options.passes) return *options.passes;
  try {
    return pipeline::passes_asked_for(model.info().fields);
  } catch (const std::invalid_argument& error) {
    throw CommandError(kModel, model.info().path + ": " + error.what());
  }
}

void show_passes(CLI::App& command, const RunOptions& options, const Job& job) {
  try {
    const std::string name = options.model.empty() ? job.default_model : options.model;
    const attention::ModelInfo model = attention::read_model_info(find_model(name).string());
    command.get_option("--passes")
        ->default_str(std::to_string(pipeline::passes_asked_for(model.fields)));
  } catch (const std::exception&) {
    return;  // told by who loads it
  }
}

std::string faster_ways(const Job& job, const std::string& name, int passes) {
  if (passes < 2) return "";
  const std::string ways =
      name == job.default_model
          ? "--passes 1 is twice as fast"
          : job.default_model + ", the default, is several times as fast, --passes 1 twice";
  return "; " + ways + ", at a loss of accuracy";
}

}  // namespace heddle::app
