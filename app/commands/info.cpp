#include "app/command.h"
#include "app/jobs.h"
#include "app/models.h"
#include "app/presets.h"
#include "app/serve/heap.h"
#include "app/version.h"
#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "attention/patterns/pattern_list.h"
#include "io/sink.h"
#include "pipeline/detectors/onnx.h"
#include "pipeline/threads.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace heddle::app {
namespace {

void print_backends() {
  std::printf("\nback ends, best first\n");
  for (const attention::BackendStatus& status : attention::backend_statuses()) {
    std::printf("  %-12s %-14s %s\n",
                status.name.c_str(),
                status.available ? "available" : "not available",
                status.detail.c_str());
  }
}

void print_formats() {
  std::printf("\nformats, as sniffed\n");
  for (const io::FormatInfo& format : io::formats()) {
    const std::string ways = std::string(format.reads ? "reads" : "") +
                             (format.reads && format.writes ? ", " : "") +
                             (format.writes ? "writes" : "");
    std::printf("  %-12s %-14s %s%s%s\n",
                format.name.c_str(),
                format.available ? ways.c_str() : "not available",
                format.description.c_str(),
                format.why_not.empty() ? "" : ": ",
                format.why_not.c_str());
  }
}

void print_detectors() {
  const std::string absent = pipeline::onnx_absent();
  std::printf("\ndetectors of heddle video\n");
  std::printf("  %-12s %-14s whatever moves before a steady camera\n", "motion", "available");
  std::string layouts;
  for (const pipeline::OnnxLayout& layout : pipeline::onnx_layouts()) {
    layouts += (layouts.empty() ? "" : ", ") + std::string(layout.name);
  }
  std::printf(
      "  %-12s %-14s %s\n",
      "onnx:FILE",
      absent.empty() ? "available" : "not available",
      absent.empty() ? ("of yours, by OpenCV; layouts " + layouts).c_str() : absent.c_str());
}

void print_jobs() {
  std::printf("\njobs, and the formats that each writes\n");
  for (const Job& job : jobs()) {
    std::string name = job.command;
    if (!job.task.empty()) name += " " + job.label();
    std::printf("  %-28s", name.c_str());
    for (const std::string& format : job.formats) std::printf(" %s", format.c_str());
    std::printf("\n");
  }
}

void print_patterns() {
  std::printf("\nattention patterns, composed with | & and per_head(a; b)\n");
  for (const attention::PatternRow& row : attention::pattern_rows()) {
    std::printf(
        "  %-40s %s\n", std::string(row.usage).c_str(), std::string(row.description).c_str());
  }
}

void print_models() {
  std::printf("\nmodels\n");
  const attention::Backend& backend = attention::backend();
  for (const InstalledModel& model : installed_models()) {
    try {
      const attention::ModelInfo info = attention::Model::load(model.file.string(), backend).info();
      std::printf("  %-20s %-9s %.1f M parameters, sha256 %.16s, %s\n",
                  model.name.c_str(),
                  info.kind.c_str(),
                  static_cast<double>(info.parameters) * 1e-6,
                  info.sha256.c_str(),
                  model.file.c_str());
    } catch (const std::exception& error) {
      std::printf("  %-20s not available: %s\n", model.name.c_str(), error.what());
    }
  }
}

void print_presets() {
  std::printf("\npresets, for -x\n");
  for (const Preset& preset : presets()) {
    std::printf("  %-20s %s\n", preset.name.c_str(), preset.about.c_str());
  }
}

}  // namespace

void add_info_command(CLI::App& app, Session& /*session*/) {
  CLI::App* command = app.add_subcommand(
      "info", "what this build can do here: back ends, formats, detectors, patterns, models");
  command->footer("\nExample:\n  heddle info");
  command->callback([] {
    std::printf("heddle %s (%s)\n%d threads available, memory from %s\n",
                kVersion,
                kBuild,
                pipeline::available_threads(),
                serve::heap_name().data());
    print_backends();
    print_formats();
    print_detectors();
    print_jobs();
    print_patterns();
    print_models();
    print_presets();
  });
}

}  // namespace heddle::app
