#pragma once
// THE LIST of what --error-model may be: which frameshifts are allowed, at which price.
//
//   auto      by a first look at the sequence (first_look.h)
//   none      none: finished genomes
//   hifi      few: one needs the evidence that a first look asks for
//   ont, clr  as many as a read with a percent of errors has
//   illumina  none: its errors replace bases and leave the frame as it is
//   on        as ont
//
// Threads: plain values.

#include "pipeline/heads/genes/gene_options.h"

#include <span>
#include <string_view>

namespace heddle::pipeline {

struct NamedErrorModel {
  std::string_view name;
  ErrorModel model = ErrorModel::kAuto;
  double shift = GenePrices().shift;  // see GenePrices
};

std::span<const NamedErrorModel> error_models();
/// Throws std::invalid_argument naming those there are.
const NamedErrorModel& error_model_named(std::string_view name);

}  // namespace heddle::pipeline
