#pragma once
// Sequence as bits, 64 bases a word, against itself at a distance: where it equals what came
// before, and which words have enough of that to be an echo (autocorrelation.h says what is
// enough). Threads: any.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace heddle::pipeline {

/// Vectors may read so many words behind the last, of every row.
constexpr std::size_t kWordPadding = 8;

struct BasePlanes {
  const std::uint64_t *low, *high, *known;  // bits of the codes, bases known; by word of the block
};

/// same[word + 1]: which bases of the word equal the one `distance` before them; same[0] is left.
/// Words before the block are read as far as the distance goes.
void compare_words(const BasePlanes& planes, std::size_t words, int distance, std::uint64_t* same);

/// Appends the words, ascending, that agree; `close`: the weaker demands of short distances do.
void agreeing_words(const std::uint64_t* same,
                    std::size_t words,
                    bool close,
                    std::vector<std::uint32_t>& found);
/// The same, window by window.
bool word_agrees(std::uint64_t before, std::uint64_t word, bool close);

}  // namespace heddle::pipeline
