#pragma once
// The model of --teacher: opened, and checked to tell what the one that learns tells.

#include "app/train/train_options.h"
#include "attention/train/teacher.h"

#include <memory>

namespace heddle::app {

/// Of each target, where --teacher-share is not given.
inline constexpr double kTeacherShare = 0.5;

double teacher_share(const TrainOptions& options);

/// Null: the options name none. `options.teacher` is a file. Throws what models throw, and
/// std::invalid_argument naming both models where one is no teacher of `pupil`.
std::shared_ptr<const attention::train::FrozenModel> open_teacher(
    const TrainOptions& options, const attention::ModelSpec& pupil);

/// Whether a model's 'forward' rolls memory.
bool remembers(const attention::ModelSpec& spec);

}  // namespace heddle::app
