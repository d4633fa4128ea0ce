#include "attention/patterns/union.h"

#include "attention/patterns/pattern_node.h"

#include <algorithm>

namespace heddle::attention {
namespace {

class UnionNode final : public PatternNode {
 public:
  explicit UnionNode(std::vector<Pattern> members) : members_(std::move(members)) {}

  const std::vector<Pattern>& members() const { return members_; }

  bool attends(int head, std::int64_t q, std::int64_t k) const override {
    return std::ranges::any_of(members_, [&](const Pattern& m) { return m.attends(head, q, k); });
  }
  std::string text() const override {
    std::string all;
    for (const Pattern& member : members_) all += (all.empty() ? "" : " | ") + member.text();
    return all;
  }
  void describe(int head, const Region& region, std::vector<Piece>& pieces) const override {
    for (const Pattern& member : members_) member.node().describe(head, region, pieces);
  }
  bool per_head() const override { return std::ranges::any_of(members_, &Pattern::per_head); }
  Shifts shifts() const override {
    Shifts all{.alike = true};
    for (const Pattern& member : members_) all = all.with(member.node().shifts());
    return all;
  }
  Binding binding() const override { return Binding::kUnion; }

 private:
  std::vector<Pattern> members_;
};

void append_members(const Pattern& pattern, std::vector<Pattern>& members) {
  if (const auto* nested = dynamic_cast<const UnionNode*>(&pattern.node())) {
    members.insert(members.end(), nested->members().begin(), nested->members().end());
  } else {
    members.push_back(pattern);
  }
}

}  // namespace

Pattern operator|(const Pattern& a, const Pattern& b) {
  std::vector<Pattern> members;
  append_members(a, members);
  append_members(b, members);
  return Pattern(std::make_shared<UnionNode>(std::move(members)));
}

PatternRow union_row() { return {"union", "A | B", "keys that A or B attends"}; }

}  // namespace heddle::attention
