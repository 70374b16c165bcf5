// SPDX-License-Identifier: MIT
#include "formats/models/propose.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/log.h"
#include "formats/models/assign.h"

namespace nn {
namespace {

struct ShapeGroup {
  std::string prefix;
  std::map<std::string, Shape> shapes;  ///< by role
};

std::vector<ShapeGroup> groups_of(const ForeignModel& model) {
  std::vector<ShapeGroup> groups;
  const std::vector<TensorName> names = tensor_names(model.tensors);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto is_it = [&](const ShapeGroup& g) { return g.prefix == names[i].prefix; };
    auto group = std::ranges::find_if(groups, is_it);
    if (group == groups.end()) group = groups.insert(groups.end(), ShapeGroup{names[i].prefix, {}});
    group->shapes.emplace(names[i].role, model.tensors[i].shape);
  }
  return groups;
}

/// The place of a module in nn.Sequential; -1 for another name.
int64_t number_of(const std::string& prefix) {
  if (prefix.empty() || prefix.size() > 6 || prefix.find_first_not_of("0123456789") != std::string::npos) return -1;
  return std::stoll(prefix);
}

class Proposal {
 public:
  explicit Proposal(const ForeignModel& model) : torch_(model.axes == AxisOrder::torch), groups_(groups_of(model)) {}

  std::string text() {
    for (const ShapeGroup& group : groups_) add(group);
    if (text_.empty()) throw Error("no weights of layers that are known here");
    return "# what shapes do not show is guessed: activations, pooling, strides, padding, branches\n" + text_ + "\n";
  }

 private:
  void word(const std::string& name) { text_ += (text_.empty() ? "" : " ") + name; }

  /// Words without weights between two modules of nn.Sequential, or one activation where there are no numbers.
  void between(const ShapeGroup& group, bool norm, bool flat) {
    const int64_t number = number_of(group.prefix), gap = number - last_ - 1;
    const bool first = text_.empty();
    if (!first && number >= 0 && last_ >= 0) {
      const std::vector<std::string> usual = flat ? std::vector<std::string>{"relu", "maxpool:2", "flatten"}
                                                  : std::vector<std::string>{"relu", "maxpool:2"};
      const size_t from = flat && gap < 3 ? 3 - static_cast<size_t>(std::clamp<int64_t>(gap, 0, 3)) : 0;
      for (size_t i = from; i < usual.size() && (flat || static_cast<int64_t>(i) < gap); ++i) word(usual[i]);
    } else if (!first && !norm) {
      word("relu");
      if (flat) word("flatten");
    }
    if (number >= 0) last_ = number;
  }

  void add(const ShapeGroup& group) {
    const auto weight = group.shapes.find("weight");
    if (weight == group.shapes.end()) return;
    const Shape& s = weight->second;
    const std::string bias = group.shapes.contains("bias") ? "" : ",bias=false";
    if (s.rank() == 4) {
      const int64_t out = torch_ ? s[0] : s[3], in = torch_ ? s[1] : s[2], h = torch_ ? s[2] : s[0],
                    w = torch_ ? s[3] : s[1];
      between(group, false, false);
      const bool grouped = channels_ > in && in > 0 && channels_ % in == 0;
      const std::string kernel = h == w ? std::to_string(h) : fmt::format("{}x{}", h, w);
      word(fmt::format("conv:{},{}{}{}", out, kernel, grouped ? fmt::format(",groups={}", channels_ / in) : "", bias));
      channels_ = out, is_image_ = true;
    } else if (s.rank() == 2) {
      const int64_t out = torch_ ? s[0] : s[1], in = torch_ ? s[1] : s[0];
      between(group, false, is_image_ && in != channels_);
      if (is_image_ && in == channels_) word("globalavgpool");
      word(fmt::format("dense:{}{}", out, bias));
      channels_ = out, is_image_ = false;
    } else if (s.rank() == 1) {
      between(group, true, false);
      word(group.shapes.contains("running_mean") ? "bn"
           : s[0] == 1                           ? "prelu"
           : is_image_                           ? "layernorm:axis=channel"
                                                 : "layernorm");
    } else {
      throw Error("'" + printable(group.prefix) + "' of shape " + s.text() + " belongs to no layer that is known here");
    }
  }

  bool torch_;
  std::vector<ShapeGroup> groups_;
  std::string text_;
  int64_t last_ = -1, channels_ = 0;
  bool is_image_ = false;
};

}  // namespace

std::string proposed_layers(const ForeignModel& model) { return Proposal(model).text(); }

}  // namespace nn
