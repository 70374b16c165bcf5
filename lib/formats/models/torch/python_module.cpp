// SPDX-License-Identifier: MIT
// A network of ours as the source of a PyTorch module whose state_dict has the plain names of
// model/foreign_names.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/error.h"
#include "formats/models/torch/pth_write.h"
#include "model/foreign_names.h"

namespace nn {
namespace {

/// Classes for what torch.nn has under no name of its own; only those that a network needs are written.
const std::map<std::string, const char*>& helpers() {
  static const std::map<std::string, const char*> all{
      {"PaddedConv2d", R"(class PaddedConv2d(nn.Conv2d):
    def __init__(self, *args, pad, **kwargs):
        super().__init__(*args, **kwargs)
        self.pad = pad  # left, right, top, bottom

    def forward(self, x):
        return super().forward(F.pad(x, self.pad))
)"},
      {"CutConvTranspose2d", R"(class CutConvTranspose2d(nn.ConvTranspose2d):
    def __init__(self, *args, cut, **kwargs):
        super().__init__(*args, **kwargs)
        self.cut = cut  # left, right, top, bottom

    def forward(self, x):
        y = super().forward(x)
        left, right, top, bottom = self.cut
        return y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]
)"},
      {"PaddedMaxPool2d", R"(class PaddedMaxPool2d(nn.MaxPool2d):
    def __init__(self, *args, pad, **kwargs):
        super().__init__(*args, **kwargs)
        self.pad = pad  # left, right, top, bottom

    def forward(self, x):
        return super().forward(F.pad(x, self.pad, value=float("-inf")))
)"},
      {"PaddedAvgPool2d", R"(class PaddedAvgPool2d(nn.AvgPool2d):
    def __init__(self, *args, pad, whole, **kwargs):
        super().__init__(*args, **kwargs)
        self.pad, self.whole = pad, whole  # left, right, top, bottom; divide by the whole window

    def forward(self, x):
        y = super().forward(F.pad(x, self.pad))
        return y if self.whole else y / super().forward(F.pad(torch.ones_like(x[:1, :1]), self.pad))
)"},
      {"ChannelLayerNorm", R"(class ChannelLayerNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
)"},
      {"Scale", R"(class Scale(nn.Module):
    def __init__(self, size, last, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.bias = nn.Parameter(torch.zeros(size)) if bias else None
        self.last = last  # along the last axis, otherwise the channels

    def forward(self, x):
        shape = [-1] if self.last else [-1] + [1] * (x.dim() - 2)
        y = x * self.weight.reshape(shape)
        return y if self.bias is None else y + self.bias.reshape(shape)
)"},
      {"Slice", R"(class Slice(nn.Module):
    def __init__(self, begin, end, last=False):
        super().__init__()
        self.begin, self.end, self.last = begin, end, last  # along the last axis, otherwise the channels

    def forward(self, x):
        return x[..., self.begin:self.end] if self.last else x[:, self.begin:self.end]
)"},
      {"ElementPReLU", R"(class ElementPReLU(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, 0.25))

    def forward(self, x):
        return torch.where(x > 0, x, self.weight * x)
)"},
      {"DropPath", R"(class DropPath(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training:
            return x
        keep = torch.rand([x.shape[0]] + [1] * (x.dim() - 1), device=x.device) >= self.rate
        return x * keep / (1 - self.rate)
)"}};
  return all;
}

const char* truth(bool value) { return value ? "True" : "False"; }
std::string both(int64_t h, int64_t w) { return h == w ? std::to_string(h) : fmt::format("({}, {})", h, w); }

class Python {
 public:
  explicit Python(const Model& model)
      : network_(model.layers, model.input), graph_(network_.lower()), modules_(plain_modules(network_)) {}

  std::string source() {
    const bool chain = is_chain(network_);
    std::string body;
    for (size_t i = 0; i < network_.nodes().size(); ++i) {
      const Network::Node& node = network_.nodes()[i];
      const std::string made = in_context("layer '" + node.name + "'", [&] { return module(node); });
      if (chain)
        body += fmt::format("            {},  # {}\n", made, node.text);
      else if (!made.empty())
        body += containers(modules_[i]) + fmt::format("        self.{} = {}\n", modules_[i], made);
    }
    std::string text = fmt::format(
        "# {}\n# Samples are {}. Weights: net.load_state_dict(torch.load(FILE, weights_only=True))\nimport torch\n"
        "import torch.nn.functional as F\nfrom torch import nn\n\n\n",
        "A network that nn-convert wrote.", network_.input().text());
    for (const std::string& name : needed_) text += std::string(helpers().at(name)) + "\n\n";
    if (chain)
      return text + "class Network(nn.Sequential):\n    def __init__(self):\n        super().__init__(\n" + body +
             "        )\n";
    return text + "class Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n" + body + "\n" +
           forward();
  }

 private:
  template <class T>
  const T& op(const Network::Node& node) const {
    for (const Op& one : graph_.ops)
      if (const T* found = one.layer == node.name ? std::get_if<T>(&one.what) : nullptr) return *found;
    throw Error("PyTorch has no counterpart of " + node.text);
  }
  bool has_bias(const Network::Node& node) const {
    return std::ranges::any_of(graph_.params, [&](const Param& p) { return p.path() == node.name + "/bias"; });
  }
  std::string helper(const std::string& name) {
    needed_.insert(name);
    return name;
  }
  std::string value(int of) const {
    if (of == Network::sample) return "x";
    std::string name = modules_[static_cast<size_t>(of)];
    if (name.find('.') == std::string::npos) return "y_" + name;
    std::ranges::replace(name, '.', '_');
    return fmt::format("y{}_{}", of, name);
  }
  /// A module for "base" in front of that for "base.conv1", once.
  std::string containers(const std::string& module) {
    std::string lines;
    for (size_t at = module.find('.'); at != std::string::npos; at = module.find('.', at + 1)) {
      const std::string front = module.substr(0, at);
      if (std::ranges::find(modules_, front) != modules_.end())
        throw Error("layer '" + front + "' and layer '" + module + "': PyTorch has no module of both names");
      if (containers_.insert(front).second) lines += "        self." + front + " = nn.Module()\n";
    }
    return lines;
  }

  std::string forward() const {
    std::string text = "    def forward(self, x):\n";
    for (size_t i = 0; i < network_.nodes().size(); ++i) {
      const Network::Node& node = network_.nodes()[i];
      std::vector<std::string> inputs;
      for (const int of : node.inputs) inputs.push_back(value(of));
      std::string made;
      if (inputs.size() == 1)
        made = fmt::format("self.{}({})", modules_[i], inputs[0]);
      else if (node.type == "cat" || node.type == "concat")
        made = fmt::format("torch.cat([{}], {})", fmt::join(inputs, ", "), op<Concat>(node).axis + 1);
      else if (node.type == "res" || node.type == "add")
        made = fmt::format("{}", fmt::join(inputs, " + "));
      else if (op<Mul>(node).by == Mul::By::channel)
        made = fmt::format("{0} * {1}.reshape({1}.shape[0], -1, 1, 1)", inputs[0], inputs[1]);
      else
        made = fmt::format("{} * {}", inputs[0], inputs[1]);
      text += fmt::format("        {} = {}\n", value(static_cast<int>(i)), made);
    }
    return text + fmt::format("        return {}\n", value(static_cast<int>(network_.nodes().size()) - 1));
  }

  std::string conv(const Network::Node& node) {
    const Conv& c = op<Conv>(node);
    std::string more;
    if (c.stride_h != 1 || c.stride_w != 1) more += ", stride=" + both(c.stride_h, c.stride_w);
    const bool even = c.pad_top == c.pad_bottom && c.pad_left == c.pad_right;
    if (even && (c.pad_top != 0 || c.pad_left != 0)) more += ", padding=" + both(c.pad_top, c.pad_left);
    if (!even) more += fmt::format(", pad=({}, {}, {}, {})", c.pad_left, c.pad_right, c.pad_top, c.pad_bottom);
    if (c.dilated()) more += ", dilation=" + both(c.dilation_h, c.dilation_w);
    if (c.groups != 1) more += fmt::format(", groups={}", c.groups);
    if (!has_bias(node)) more += ", bias=False";
    return fmt::format("{}({}, {}, {}{})", even ? "nn.Conv2d" : helper("PaddedConv2d"), c.in_channels, c.out_channels,
                       both(c.kernel_h, c.kernel_w), more);
  }

  std::string deconv(const Network::Node& node) {
    const Deconv& d = op<Deconv>(node);
    std::string more = ", stride=" + both(d.stride_h, d.stride_w);
    const int64_t h = d.pad_top - d.pad_bottom, w = d.pad_left - d.pad_right;
    const bool even =
        h >= 0 && w >= 0 && h < std::max(d.stride_h, d.dilation_h) && w < std::max(d.stride_w, d.dilation_w);
    if (even)
      more += fmt::format(", padding={}, output_padding={}", both(d.pad_top, d.pad_left), both(h, w));
    else if (d.pad_bottom < 0 || d.pad_right < 0)
      throw Error("PyTorch adds no such rows to a transposed convolution");
    else
      more += fmt::format(", cut=({}, {}, {}, {})", d.pad_left, d.pad_right, d.pad_top, d.pad_bottom);
    if (d.dilation_h != 1 || d.dilation_w != 1) more += ", dilation=" + both(d.dilation_h, d.dilation_w);
    if (d.groups != 1) more += fmt::format(", groups={}", d.groups);
    if (!has_bias(node)) more += ", bias=False";
    return fmt::format("{}({}, {}, {}{})", even ? "nn.ConvTranspose2d" : helper("CutConvTranspose2d"), d.in_channels,
                       d.out_channels, both(d.kernel_h, d.kernel_w), more);
  }

  std::string pool(const Network::Node& node) {
    const Pool& p = op<Pool>(node);
    const bool max = p.kind == Pool::Kind::max;
    if (node.type.starts_with("global"))
      return fmt::format("nn.Sequential(nn.Adaptive{}Pool2d(1), nn.Flatten(1))", max ? "Max" : "Avg");
    std::string more;
    const int64_t bottom = p.pad_bottom - p.beyond_h, right = p.pad_right - p.beyond_w;
    const bool even = p.pad_top == bottom && p.pad_left == right, ceil = p.beyond_h > 0 || p.beyond_w > 0;
    if (even && (p.pad_top != 0 || p.pad_left != 0)) more += ", padding=" + both(p.pad_top, p.pad_left);
    if (!even) more += fmt::format(", pad=({}, {}, {}, {})", p.pad_left, p.pad_right, p.pad_top, p.pad_bottom);
    if (even && ceil) more += ", ceil_mode=True";
    if (!even && ceil && !max && p.count_padding) throw Error("PyTorch has no counterpart of " + node.text);
    if (max && (p.dilation_h != 1 || p.dilation_w != 1)) more += ", dilation=" + both(p.dilation_h, p.dilation_w);
    if (!max && even && !more.empty()) more += std::string(", count_include_pad=") + truth(p.count_padding);
    if (!max && !even) more += std::string(", whole=") + truth(p.count_padding);
    const char* name = max ? "MaxPool2d" : "AvgPool2d";
    return fmt::format("{}({}, {}{})", even ? std::string("nn.") + name : helper(std::string("Padded") + name),
                       both(p.kernel_h, p.kernel_w), both(p.stride_h, p.stride_w), more);
  }

  std::string norm(const Network::Node& node) {
    const Shape& in = node.input();
    if (node.type == "bn") {
      const BatchNorm& b = op<BatchNorm>(node);
      return fmt::format("nn.BatchNorm{}d({}, eps={}, momentum={})", in.rank() == 3 ? 2 : 1, b.channels, b.epsilon,
                         b.momentum);
    }
    if (node.type == "gn")
      return fmt::format("nn.GroupNorm({}, {}, eps={})", op<GroupNorm>(node).groups, in[0],
                         op<GroupNorm>(node).epsilon);
    const LayerNorm& l = op<LayerNorm>(node);
    if (l.last == 0 && l.axis == 0 && in.rank() == 3)
      return fmt::format("{}({}, eps={})", helper("ChannelLayerNorm"), in[0], l.epsilon);
    const std::vector<int64_t> axes(in.begin() + l.axis, in.end());
    return fmt::format("nn.LayerNorm([{}], eps={})", fmt::join(axes, ", "), l.epsilon);
  }

  std::string prelu(const Network::Node& node) {
    const PRelu& p = op<PRelu>(node);
    const Shape& in = node.input();
    if (p.axis == 0) return "nn.PReLU()";
    if (p.axis == 1) return fmt::format("nn.PReLU({})", in[0]);
    return fmt::format("{}({})", helper("ElementPReLU"), fmt::join(in.dims(), ", "));
  }

  std::string map(const Network::Node& node) {
    static constexpr std::array<std::pair<const char*, const char*>, 11> names{{{"relu", "ReLU"},
                                                                                {"relu6", "ReLU6"},
                                                                                {"selu", "SELU"},
                                                                                {"gelu", "GELU"},
                                                                                {"silu", "SiLU"},
                                                                                {"hard_swish", "Hardswish"},
                                                                                {"mish", "Mish"},
                                                                                {"softplus", "Softplus"},
                                                                                {"sigmoid", "Sigmoid"},
                                                                                {"hard_sigmoid", "Hardsigmoid"},
                                                                                {"tanh", "Tanh"}}};
    for (const auto& [ours, theirs] : names)
      if (node.type == ours) return fmt::format("nn.{}()", theirs);
    const Map& m = op<Map>(node);
    if (node.type == "leaky_relu") return fmt::format("nn.LeakyReLU({})", m.constants.at(0));
    if (node.type == "elu") return fmt::format("nn.ELU({})", m.constants.at(0));
    if (m.function == "hard_tanh") return fmt::format("nn.Hardtanh({}, {})", m.constants.at(0), m.constants.at(1));
    throw Error("PyTorch has no counterpart of " + node.text);
  }

  std::string module(const Network::Node& node) {
    const std::string& type = node.type;
    if (node.inputs.size() > 1) return "";
    if (type == "dense")
      return fmt::format("nn.Linear({}, {}{})", op<MatMul>(node).in, op<MatMul>(node).out,
                         has_bias(node) ? "" : ", bias=False");
    if (type == "conv") return conv(node);
    if (type == "deconv") return deconv(node);
    if (type.ends_with("pool")) return pool(node);
    if (type == "bn" || type == "gn" || type == "layernorm") return norm(node);
    if (type == "prelu") return prelu(node);
    if (type == "scale") {
      const size_t axis = static_cast<size_t>(op<Scale>(node).axis);
      return fmt::format("{}({}, last={}{})", helper("Scale"), node.input()[axis],
                         truth(axis + 1 == node.input().rank()), has_bias(node) ? "" : ", bias=False");
    }
    if (type == "softmax") return fmt::format("nn.Softmax({})", op<Softmax>(node).axis + 1);
    if (type == "dropout") return fmt::format("nn.Dropout({})", op<Dropout>(node).rate);
    if (type == "droppath") return fmt::format("{}({})", helper("DropPath"), op<Dropout>(node).rate);
    if (type == "shuffle") return fmt::format("nn.ChannelShuffle({})", op<Shuffle>(node).groups);
    if (type == "upsample") {
      const Upsample& u = op<Upsample>(node);
      return fmt::format("nn.Upsample(scale_factor={}, mode={})", both(u.factor_h, u.factor_w),
                         u.bilinear ? "\"bilinear\", align_corners=False" : "\"nearest\"");
    }
    if (type == "slice") {
      const Slice& cut = op<Slice>(node);
      return fmt::format("{}({}, {}{})", helper("Slice"), cut.begin, cut.end, cut.axis == 0 ? "" : ", last=True");
    }
    if (type == "flatten") return "nn.Flatten(1)";
    if (type == "reshape")
      return fmt::format("nn.Sequential(nn.Flatten(1), nn.Unflatten(1, [{}]))", fmt::join(node.output.dims(), ", "));
    return map(node);
  }

  Network network_;
  Graph graph_;
  std::vector<std::string> modules_;
  std::set<std::string> containers_;
  std::set<std::string> needed_;
};

}  // namespace

std::string python_module(const Model& model) { return Python(model).source(); }

}  // namespace nn
