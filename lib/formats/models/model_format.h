// SPDX-License-Identifier: MIT
// Models in and out: files in which other programs keep networks and weights.
//
// To add a format: a file lib/formats/models/NAME_format.cpp, or a folder of it, that defines
// `extern const ModelFormat NAME_model` with what it can do (reader or writer null where it cannot), and one line
// PLUGIN(NAME) in models.def. A reader returns named tensors, an architecture as layer text where the file has one, and
// what else is known; a writer takes a Model as read_model() gives it. Its options are a struct derived from
// FormatOptions, as for data sets (formats/format.h). nn-convert's --from, --to, options, suffixes, help, man page and
// completion follow, and so does the generic round trip over the table. Which tensor belongs to which parameter is
// found by assign.h, the order of axes by axes.h: no format does either by itself.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "formats/elements.h"
#include "formats/format.h"
#include "model/model_file.h"

namespace nn {

/// One tensor of a foreign file.
struct ForeignTensor {
  std::string name;  ///< as the file has it: "features.0.weight"
  Shape shape;       ///< as the file has it
  Element stored = Element::f32;
  std::vector<float> values;  ///< row by row; bits kept where float32 is stored
  std::string path = {};      ///< our parameter ("conv1/weight") where the file itself says whose it is
};

/// How weights lie: torch (out,in) and (out,in,h,w); keras (in,out) and (h,w,in,out), images flattened channels last.
enum class AxisOrder { torch, keras };

/// What an optimizer kept of its steps. Slots hold a tensor for each parameter that was trained, under its name.
struct ForeignOptimizer {
  std::string optimizer;  ///< one of ours with its options: "adam,beta1=0.95"
  double rate = 0;        ///< learning rate
  int64_t steps = 0;
  std::map<std::string, std::vector<ForeignTensor>> slots;  ///< by our names: "m", "v"
  std::string why_not;  ///< not empty: the file has one that is not taken, for this reason
};

struct ForeignModel {
  std::vector<ForeignTensor> tensors;  ///< in the order of the file where that means something, else of the names
  AxisOrder axes = AxisOrder::torch;
  std::string layers;              ///< layer text; empty: the file holds no architecture
  Shape input;                     ///< of one prepared sample; rank 0: not told
  Model known;                     ///< what else is told: loss, classes, recipe, ...; its weights are empty
  std::vector<std::string> notes;  ///< for the user, a sentence each
  std::optional<ForeignOptimizer> optimizer = {};
};

using ModelReader = FormatReader<ForeignModel>;
using ModelWriter = FormatWriter<Model>;
using ModelFormat = ForeignFormat<ForeignModel, Model>;
Table<ModelFormat> model_formats();

/// Of formats without options of their own.
struct PlainModelOptions : FormatOptions {
  void declare_reading(OptionSet&) {}
  void declare_writing(OptionSet&) {}
};

/// The format of a foreign model file by its first bytes (start_of) and its name; null when it is none. A file of
/// arrays
/// (.npz) is one of weights when its name ends in .weights.npz or it was written here.
const ModelFormat* model_format_of(std::span<const std::byte> start, const std::string& name);
/// The format whose suffix says more than that of a format of data sets or of our own files; null when there is none.
const ModelFormat* model_format_by_suffix(const std::string& name);

}  // namespace nn
