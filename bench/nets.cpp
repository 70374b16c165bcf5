// SPDX-License-Identifier: MIT
#include "nets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/rng.h"
#include "base/system/threads.h"
#include "data/rows.h"
#include "data/source.h"
#include "formats/format.h"

namespace nn::bench {
namespace {

constexpr Net s0{
    "s0",
    "three convolutions with batch norm, dense 256, 128",
    "fashion-mnist",
    64,
    50,
    "normalize 0.5:0.5",
    "conv:@32,3,same bn relu maxpool:2 conv:@64,3,same bn relu maxpool:2 conv:@128,3,same bn relu maxpool:2 "
    "flatten dense:@256 relu dense:@128 relu dropout:0.5 dense:10"};
constexpr Net s1{"s1",
                 "LeNet-5",
                 "fashion-mnist",
                 128,
                 200,
                 "scale 0:1",
                 "conv:@6,5 relu maxpool:2 conv:@16,5 relu maxpool:2 flatten dense:@120 relu dense:@84 relu dense:10"};
constexpr Net s2{
    "s2",
    "perceptron 512-128 with dropout",
    "mnist",
    128,
    200,
    "scale 0:1",
    "flatten dense:@512,init=he_normal relu dropout:0.5 dense:@128,init=he_normal relu dropout:0.5 dense:10"};
constexpr Net s3{"s3", "head 512 on features of 768", "random", 128, 170, "", "dense:@512 relu dense:5"};
constexpr Net s4{"s4",
                 "perceptron 128-64 with dropout",
                 "mnist",
                 128,
                 469,
                 "scale 0:1",
                 "flatten dense:@128 relu dropout:0.2 dense:@64 relu dropout:0.2 dense:10"};

constexpr Net resnet20{"resnet20",
                       "ResNet-20 for small pictures",
                       "made:10000x3x32x32:10",
                       128,
                       10,
                       "scale 0:1",
                       "conv:@16,3,pad=1,bias=false bn relu "
                       "3*( res( conv:@16,3,pad=1,bias=false bn relu conv:@16,3,pad=1,bias=false bn ) relu ) "
                       "res( conv:@32,3,stride=2,pad=1,bias=false bn relu conv:@32,3,pad=1,bias=false bn | "
                       "conv:@32,1,stride=2,bias=false bn ) relu "
                       "2*( res( conv:@32,3,pad=1,bias=false bn relu conv:@32,3,pad=1,bias=false bn ) relu ) "
                       "res( conv:@64,3,stride=2,pad=1,bias=false bn relu conv:@64,3,pad=1,bias=false bn | "
                       "conv:@64,1,stride=2,bias=false bn ) relu "
                       "2*( res( conv:@64,3,pad=1,bias=false bn relu conv:@64,3,pad=1,bias=false bn ) relu ) "
                       "globalavgpool dense:10"};
constexpr Net mobilenetv2{
    "mobilenetv2",
    "MobileNetV2 of half the width, its first stride 1",
    "made:10000x3x32x32:10",
    64,
    10,
    "scale 0:1",
    "conv:16,3,pad=1,bias=false bn relu6 "
    "conv:16,3,pad=1,groups=16,bias=false bn relu6 conv:8,1,bias=false bn "
    "conv:48,1,bias=false bn relu6 conv:48,3,stride=2,pad=1,groups=48,bias=false bn relu6 conv:16,1,bias=false bn "
    "res( conv:96,1,bias=false bn relu6 conv:96,3,pad=1,groups=96,bias=false bn relu6 conv:16,1,bias=false bn ) "
    "conv:96,1,bias=false bn relu6 conv:96,3,stride=2,pad=1,groups=96,bias=false bn relu6 conv:16,1,bias=false bn "
    "2*( res( conv:96,1,bias=false bn relu6 conv:96,3,pad=1,groups=96,bias=false bn relu6 conv:16,1,bias=false bn ) ) "
    "conv:96,1,bias=false bn relu6 conv:96,3,stride=2,pad=1,groups=96,bias=false bn relu6 conv:32,1,bias=false bn "
    "3*( res( conv:192,1,bias=false bn relu6 conv:192,3,pad=1,groups=192,bias=false bn relu6 conv:32,1,bias=false bn ) "
    ") "
    "conv:192,1,bias=false bn relu6 conv:192,3,pad=1,groups=192,bias=false bn relu6 conv:48,1,bias=false bn "
    "2*( res( conv:288,1,bias=false bn relu6 conv:288,3,pad=1,groups=288,bias=false bn relu6 conv:48,1,bias=false bn ) "
    ") "
    "conv:288,1,bias=false bn relu6 conv:288,3,stride=2,pad=1,groups=288,bias=false bn relu6 conv:80,1,bias=false bn "
    "2*( res( conv:480,1,bias=false bn relu6 conv:480,3,pad=1,groups=480,bias=false bn relu6 conv:80,1,bias=false bn ) "
    ") "
    "conv:480,1,bias=false bn relu6 conv:480,3,pad=1,groups=480,bias=false bn relu6 conv:160,1,bias=false bn "
    "conv:1280,1,bias=false bn relu6 globalavgpool dropout:0.2 dense:10"};
constexpr Net resnet18{"resnet18",
                       "ResNet-18 on large pictures",
                       "made:256x3x224x224:1000",
                       32,
                       2,
                       "scale 0:1",
                       "conv:@64,7,stride=2,pad=3,bias=false bn relu maxpool:3,stride=2,pad=1 "
                       "2*( res( conv:@64,3,pad=1,bias=false bn relu conv:@64,3,pad=1,bias=false bn ) relu ) "
                       "res( conv:@128,3,stride=2,pad=1,bias=false bn relu conv:@128,3,pad=1,bias=false bn | "
                       "conv:@128,1,stride=2,bias=false bn ) relu "
                       "res( conv:@128,3,pad=1,bias=false bn relu conv:@128,3,pad=1,bias=false bn ) relu "
                       "res( conv:@256,3,stride=2,pad=1,bias=false bn relu conv:@256,3,pad=1,bias=false bn | "
                       "conv:@256,1,stride=2,bias=false bn ) relu "
                       "res( conv:@256,3,pad=1,bias=false bn relu conv:@256,3,pad=1,bias=false bn ) relu "
                       "res( conv:@512,3,stride=2,pad=1,bias=false bn relu conv:@512,3,pad=1,bias=false bn | "
                       "conv:@512,1,stride=2,bias=false bn ) relu "
                       "res( conv:@512,3,pad=1,bias=false bn relu conv:@512,3,pad=1,bias=false bn ) relu "
                       "globalavgpool dense:1000"};

/// 2,225 rows of 768 normal numbers; that of the row's class is 3 more.
Dataset random_features() {
  constexpr int64_t rows = 2225, width = 768, classes = 5;
  Philox stream(0, "features");
  std::vector<float> x(rows * width);
  for (float& v : x) v = static_cast<float>(stream.normal());
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < rows; ++i) {
    labels.push_back(static_cast<int32_t>(stream.below(classes)));
    x[static_cast<size_t>(i * width + labels.back())] += 3;
  }
  Split split;
  split.set_samples(h5::Array::of<float>({rows, width}, x));
  split.set("labels", labels);
  Dataset data;
  for (int64_t c = 0; c < classes; ++c) data.classes.push_back(std::to_string(c));
  data.splits.push_back(std::move(split));
  return data;
}

/// "made:ROWSxCHANNELSxHEIGHTxWIDTH:CLASSES".
struct Made {
  int64_t rows = 0, c = 0, h = 0, w = 0, classes = 0;
  explicit Made(const std::string& text) {
    if (std::sscanf(text.c_str(), "made:%ldx%ldx%ldx%ld:%ld", &rows, &c, &h, &w, &classes) != 5)
      throw std::logic_error("pictures of no shape: " + text);
  }
};

/// Pictures of random bytes. Only the speed counts.
Dataset random_pictures(const std::string& made) {
  const auto [rows, c, h, w, classes] = Made(made);
  Philox stream(0, "pictures");
  std::vector<uint8_t> x(static_cast<size_t>(Shape{rows, c, h, w}.count()));
  for (uint8_t& v : x) v = static_cast<uint8_t>(stream.below(256));
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < rows; ++i)
    labels.push_back(static_cast<int32_t>(stream.below(static_cast<uint64_t>(classes))));
  Split split;
  split.set_samples(h5::Array::of<uint8_t>({rows, c, h, w}, x));
  split.set("labels", labels);
  Dataset data;
  for (int64_t k = 0; k < classes; ++k) data.classes.push_back(std::to_string(k));
  data.splits.push_back(std::move(split));
  return data;
}

Dataset drawn(double samples, const std::string& split) {
  SourceContext context;
  context.threads = usable_cpus();
  const auto rows = [&](int64_t n) {
    return std::max<int64_t>(1, std::llround(static_cast<double>(n) * std::min(samples, 1.0)));
  };
  context.train = split == "train" ? rows(60000) : 1;
  context.test = split == "test" ? rows(10000) : 1;
  Dataset data = make_source("glyphs", context);
  std::erase_if(data.splits, [&](const Split& s) { return s.name != split; });
  return data;
}

Dataset from_idx(const std::string& folder, const std::string& split) {
  const std::string stem = folder + (split == "test" ? "/t10k" : "/train") + "-images-idx3-ubyte";
  for (const std::string& name : {stem + ".gz", stem})
    if (std::filesystem::exists(name)) return find_in(dataset_formats(), "idx", "format").reader()->read(name, {});
  throw Error(stem + "[.gz] is not there: --data names the folder of mnist/ and fashion-mnist/, or is 'glyphs'");
}

}  // namespace

Table<Net> nets() {
  static const Net* const table[] = {&s0, &s1, &s2, &s3, &s4, &resnet20, &mobilenetv2, &resnet18};
  return table;
}

Shape sample_shape(const Net& net) {
  const std::string source = net.dataset;
  if (!source.starts_with("made:")) return source == "random" ? Shape{768} : Shape{1, 28, 28};
  const Made made(source);
  return {made.c, made.h, made.w};
}

std::string layers_of(const Net& net, double width) {
  std::string text;
  for (const char* c = net.layers; *c;) {
    if (*c != '@') {
      text += *c++;
      continue;
    }
    char* end = nullptr;
    const long units = std::strtol(c + 1, &end, 10);
    text += std::to_string(std::max(1L, std::lround(static_cast<double>(units) * width)));
    c = end;
  }
  return text;
}

Dataset data_of(const Net& net, const std::string& folder, const std::string& split_name, double samples) {
  if (!(samples > 0 && std::isfinite(samples)))
    throw UsageError(fmt::format("--samples: expected a positive number, found {}", samples));
  const std::string source = net.dataset;
  const bool is_made = source.starts_with("made:"), is_drawn = source != "random" && !is_made && folder == "glyphs";
  Dataset data = source == "random" ? random_features()
                 : is_made          ? random_pictures(source)
                 : is_drawn         ? drawn(samples, split_name)
                                    : from_idx(folder + "/" + source, split_name);
  Split& split = data.splits.at(0);
  split.name = split_name;
  const int64_t n = split.size();
  const int64_t wanted =
      is_drawn && samples <= 1 ? n : std::max<int64_t>(1, std::llround(static_cast<double>(n) * samples));
  std::vector<int64_t> rows(static_cast<size_t>(wanted));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i) % n;
  if (wanted != n) split = bind_rows(split, rows, split_name);
  data.prep.recipe = net.recipe;
  return data;
}

}  // namespace nn::bench
