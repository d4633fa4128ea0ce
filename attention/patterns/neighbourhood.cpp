#include "attention/patterns/neighbourhood.h"

#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_node.h"

namespace heddle::attention {
namespace {

class NeighbourhoodNode final : public PatternNode {
 public:
  explicit NeighbourhoodNode(const Grid& grid) : grid_(grid) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override {
    const std::int64_t width = grid_.width;
    return frames_of(q / frame()).contains(k / frame()) &&
           around(q % frame() / width, grid_.kernel, grid_.height).contains(k % frame() / width) &&
           around(q % width, grid_.kernel, width).contains(k % width);
  }
  std::string text() const override {
    std::string all = "neighbourhood(" + std::to_string(grid_.height) + "," +
                      std::to_string(grid_.width) + "," + std::to_string(grid_.kernel);
    if (grid_.time_kernel != 1) all += ",time=" + std::to_string(grid_.time_kernel);
    if (grid_.frames != 0) all += ",frames=" + std::to_string(grid_.frames);
    return all + ")";
  }
  /// A row of the grid meets each row of keys around it in three pieces: both ends, where the
  /// window stands still at the edge, and the band between them.
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    for (std::int64_t row = region.queries.begin / grid_.width;
         row * grid_.width < region.queries.end;
         ++row) {
      const std::int64_t frame_of_row = row / grid_.height;
      const PositionRange rows = around(row % grid_.height, grid_.kernel, grid_.height);
      const PositionRange frames = frames_of(frame_of_row);
      for (std::int64_t f = frames.begin; f < frames.end; ++f) {
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
          describe_rows(row, f * grid_.height + y, region, pieces);
        }
      }
    }
  }

 private:
  std::int64_t frame() const { return grid_.height * grid_.width; }

  /// `kernel` cells around cell `at` of `size`, moved inside where they would leave it.
  static PositionRange around(std::int64_t at, std::int64_t kernel, std::int64_t size) {
    const std::int64_t begin = std::clamp<std::int64_t>(at - kernel / 2, 0, size - kernel);
    return {begin, begin + kernel};
  }

  PositionRange frames_of(std::int64_t at) const {
    if (grid_.frames > 0) {
      return at < grid_.frames ? around(at, grid_.time_kernel, grid_.frames) : PositionRange{};
    }
    return {std::max<std::int64_t>(at - grid_.time_kernel + 1, 0), at + 1};
  }

  void describe_rows(std::int64_t query_row,
                     std::int64_t key_row,
                     const Region& region,
                     std::vector<Piece>& pieces) const {
    const std::int64_t width = grid_.width;
    const std::int64_t kernel = grid_.kernel;
    const std::int64_t radius = kernel / 2;
    const std::int64_t q = query_row * width;
    const std::int64_t k = key_row * width;
    if (overlap({k, k + width}, region.keys).empty()) return;
    const std::int64_t right =
        width - (kernel - 1 - radius);  // first query that meets the right edge
    pieces.push_back({{q, q + radius}, {k, k + kernel}});
    pieces.push_back(
        {{q + radius, q + right}, {k, k + width}, k - q - radius, k - q - radius + kernel - 1});
    pieces.push_back({{q + right, q + width}, {k + width - kernel, k + width}});
  }

  Grid grid_;
};

}  // namespace

Pattern neighbourhood(const Grid& grid) {
  constexpr std::int64_t kMost = std::int64_t{1} << 20;
  require_range("neighbourhood: height", grid.height, 1, kMost);
  require_range("neighbourhood: width", grid.width, 1, kMost);
  require_range("neighbourhood: kernel", grid.kernel, 1, std::min(grid.height, grid.width));
  require_range("neighbourhood: frames", grid.frames, 0, kMost);
  require_range("neighbourhood: time", grid.time_kernel, 1, grid.frames > 0 ? grid.frames : kMost);
  return Pattern(std::make_shared<NeighbourhoodNode>(grid));
}

PatternRow neighbourhood_row() {
  return {
      "neighbourhood",
      "neighbourhood(HEIGHT,WIDTH,KERNEL[,time=N][,frames=N])",
      "KERNEL x KERNEL cells around the query's in frames of HEIGHT x WIDTH tokens, and N frames",
      [](CallArguments& arguments) {
        Grid grid;
        grid.height = arguments.number("height");
        grid.width = arguments.number("width");
        grid.kernel = arguments.number("kernel");
        constexpr std::uint64_t kMost = kMaxPosition;
        grid.time_kernel =
            static_cast<std::int64_t>(std::min(arguments.named("time").value_or(1), kMost));
        grid.frames =
            static_cast<std::int64_t>(std::min(arguments.named("frames").value_or(0), kMost));
        return neighbourhood(grid);
      }};
}

}  // namespace heddle::attention
