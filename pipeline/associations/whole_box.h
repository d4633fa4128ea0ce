#pragma once
// Boxes that a border of the picture cuts off.

#include "pipeline/box.h"

namespace heddle::pipeline {

/// The box of the whole thing where a border of a picture of `width` x `height` pixels cuts `seen`
/// off and `expected` reaches beyond it: as long as expected, with the inner edge that was seen.
/// Else, or where the picture's size is not known (0), `seen`. `least`: the share of the expected
/// side that must be missing; boxes that are shorter by less may just be noisy.
///
/// Taken at its word, a cut box comes to rest at the border while its object leaves, and the next
/// one that leaves there is taken for it: cars parked in a row, seen from a car that passes them.
Box whole_box(const Box& seen, const Box& expected, int width, int height, double least);

/// What of `box` is inside the picture; area 0 where nothing is.
Box visible_part(const Box& box, int width, int height);

}  // namespace heddle::pipeline
