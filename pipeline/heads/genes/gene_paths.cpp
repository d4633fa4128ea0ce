#include "pipeline/heads/genes/gene_paths.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

std::size_t at(std::int32_t node) { return static_cast<std::size_t>(node); }

}  // namespace

void GenePaths::clear() { nodes_.assign(1, Node{}); }

std::int32_t GenePaths::add(const GeneEvent& event, std::int32_t parent) {
  nodes_.push_back({event, parent});
  return static_cast<std::int32_t>(nodes_.size() - 1);
}

void GenePaths::settle(std::span<GenePath> live, const Decided& decided) {
  children_.assign(nodes_.size(), 0);
  for (const GenePath& path : live) {
    if (path.possible()) children_[at(path.event)] += 2;  // never passed as an only child
  }
  for (std::size_t i = nodes_.size() - 1; i > 0; --i) {
    if (children_[i] > 0) ++children_[at(nodes_[i].parent)];
  }
  // From the root down while there is exactly one way on; then close the gaps.
  std::int32_t root = 0;
  std::vector<std::int32_t> renewed(nodes_.size(), 0);
  std::int32_t kept = 1;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    if (children_[i] == 0) continue;
    if (nodes_[i].parent == root && children_[at(root)] == 1) {
      root = static_cast<std::int32_t>(i);
      decided(nodes_[i].event);
      kept = 1;
      continue;
    }
    renewed[i] = kept;
    nodes_[at(kept)] = {nodes_[i].event,
                        nodes_[i].parent == root ? 0 : renewed[at(nodes_[i].parent)]};
    ++kept;
  }
  nodes_.resize(at(kept));
  for (GenePath& path : live) path.event = path.possible() ? renewed[at(path.event)] : 0;
}

std::int64_t GenePaths::oldest(std::int64_t otherwise) const {
  std::int64_t position = otherwise;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    position = std::min(position, nodes_[i].event.position);
  }
  return position;
}

std::int32_t GenePaths::last_before(std::int32_t node, std::int64_t position) const {
  while (node != 0 && nodes_[at(node)].event.position >= position) node = nodes_[at(node)].parent;
  return node;
}

void GenePaths::agree(std::span<GenePath> live, const GenePath& best, std::int64_t position) const {
  const std::int32_t anchor = last_before(best.event, position);
  for (GenePath& path : live) {
    if (path.possible() && last_before(path.event, position) != anchor) path.forbid();
  }
}

}  // namespace heddle::pipeline
