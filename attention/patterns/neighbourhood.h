#pragma once
// Neighbourhoods of a grid (Neighborhood Attention, arXiv 2204.07143): tokens are the cells of
// frames of height x width, row by row, frame after frame; a query attends to the KERNEL x KERNEL
// cells around its own, in TIME frames. At an edge they are moved inside, so that every query has
// as many keys; only where the number of FRAMES is not given, the frames are the query's own and
// those before it, as many as there are. Arguments:
// neighbourhood(HEIGHT,WIDTH,KERNEL[,time=TIME][,frames=FRAMES]), in cells and frames; 1 <= KERNEL
// <= the smaller of height and width, 1 <= TIME <= FRAMES where those are given, none above 2^20;
// else std::invalid_argument.

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

/// Its row in the list. Threads: constant.
PatternRow neighbourhood_row();

}  // namespace heddle::attention
