// SPDX-License-Identifier: MIT
#include "formats/datasets/numpy/npy_dataset.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/text/names.h"
#include "formats/datasets/labels.h"
#include "formats/datasets/numpy/npy_values.h"

namespace nn {
namespace {

enum class What { x, y, targets };
struct Role {
  std::string split;
  What what = What::x;
};

std::optional<What> what_of(const std::string& part) {
  if (part == "x" || part == "images" || part == "features" || part == "data") return What::x;
  if (part == "y" || part == "labels" || part == "label" || part == "target") return What::y;
  if (part == "targets") return What::targets;
  return std::nullopt;
}

/// splits: names of splits besides the usual ones.
std::optional<Role> role_of(const std::string& given, const std::vector<std::string>& splits) {
  std::string name = given;
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const size_t bar = name.find('_');
  if (bar == std::string::npos) return what_of(name) ? std::optional<Role>({"", *what_of(name)}) : std::nullopt;
  if (const auto what = what_of(name.substr(0, bar));
      what && std::ranges::find(splits, given.substr(bar + 1)) != splits.end())
    return Role{given.substr(bar + 1), *what};
  const auto split_of = [](const std::string& part) -> std::string {
    if (part == "valid" || part == "validation" || part == "dev") return "val";
    return part == "train" || part == "val" || part == "test" ? part : "";
  };
  for (const auto& [one, other] :
       {std::pair{name.substr(0, bar), name.substr(bar + 1)}, {name.substr(bar + 1), name.substr(0, bar)}})
    if (const auto what = what_of(one); what && !split_of(other).empty()) return Role{split_of(other), *what};
  return std::nullopt;
}

/// Names; whole numbers are names too, as scikit-learn has them for its digits.
std::vector<std::string> text_of(const std::string& name, const NpyArray& array) {
  if (array.kind() == NpyArray::Kind::integer) {
    std::vector<std::string> names;
    for (size_t i = 0; i < array.count(); ++i) names.push_back(std::to_string(static_cast<int64_t>(array.number(i))));
    return names;
  }
  if (array.kind() != NpyArray::Kind::text) throw Error(name + ": expected text, found " + array.type());
  return in_context(name, [&] { return array.texts(); });
}

double limit_of(const std::string& name, const NpyArray& array) {
  if (array.kind() == NpyArray::Kind::text || array.count() != 1) throw Error(name + ": expected one number");
  return array.number(0);
}

/// The arrays of one split.
struct Parts {
  std::optional<std::pair<std::string, NpyArray>> x, y, targets;
};

class Assembly {
 public:
  Assembly(NamedArrays arrays, const NumpyOptions& options) : options_(options), truth_options_(options) {
    for (const auto& [name, array] : arrays)
      if (name == "splits") splits_ = text_of(name, array);
    std::string found;
    for (auto& [name, array] : arrays) {
      found += (found.empty() ? "" : ", ") + printable(name);
      take(name, std::move(array));
    }
    if (std::ranges::none_of(parts_, [](const auto& entry) { return entry.second.x.has_value(); }))
      throw Error("no samples: expected arrays named x_train, y_train, x_test, y_test (or x and y), found " +
                  (found.empty() ? "none" : found));
  }

  Dataset make() {
    if (options_.layout != "auto") {
      if (std::ranges::none_of(
              parts_, [](const auto& entry) { return entry.second.x && entry.second.x->second.shape().rank() == 4; }))
        throw UsageError("--layout " + options_.layout + " has no effect: no array of samples has four axes");
      layout_ = layout_named(options_.layout);
    }
    if (any_fractions()) truth_options_.y = "targets";
    for (const char* usual : {"train", "val", "test"}) add(usual);
    for (const std::string& name : splits_) add(name);
    if (!parts_.empty()) add(std::string(parts_.begin()->first));  // named by --split
    if (!parts_.empty()) throw Error("arrays of splits " + printable(parts_.begin()->first) + ", ... without a split");
    name_classes();
    if (any_words_ && any_numbers_) throw Error("labels are text in one split and numbers in another");
    if (any_words_)
      encode_words();
    else if (any_numbers_)
      encode_labels(numbers_, classes_, data_);
    else
      data_.classes = classes_;
    if (has_split_names_ && !options_.split.empty()) data_.splits = {data_.at(options_.split)};
    return std::move(data_);
  }

 private:
  void take(const std::string& name, NpyArray array) {
    if (name == "splits") return;
    if (name == "layout")
      take_layout(array);
    else if (name == "class_names" || name == "classes")
      classes_ = text_of(name, array);
    else if (name == "feature_names")
      data_.feature_names = text_of(name, array);
    else if (name == "target_names")
      data_.target_names = text_of(name, array);
    else if (name == "valid_min")
      data_.valid_min = limit_of(name, array), ranged_ = true;
    else if (name == "valid_max")
      data_.valid_max = limit_of(name, array), ranged_ = true;
    else if (const auto role = role_of(name, splits_)) {
      const std::string split = !role->split.empty() ? role->split : options_.split.empty() ? "train" : options_.split;
      has_split_names_ = has_split_names_ || !role->split.empty();
      Parts& parts = parts_[split];
      auto& place = role->what == What::x ? parts.x : role->what == What::y ? parts.y : parts.targets;
      if (place) throw Error(name + ": a second array for split " + split);
      place.emplace(name, std::move(array));
    } else {
      options_.warning("array " + printable(name) + " is not used");
    }
  }

  void take_layout(const NpyArray& array) {
    if (array.kind() == NpyArray::Kind::text && array.count() == 1) layout_ = layout_named(array.text(0));
    if (layout_ == Layout::unknown) options_.warning("array layout is not used: expected the text NCHW or NHWC");
  }

  /// Numbers to predict may all be whole in one split; then the other splits say what they are.
  bool any_fractions() const {
    return options_.y == "auto" && std::ranges::any_of(parts_, [](const auto& entry) {
             return entry.second.y && holds_fractions(entry.second.y->second);
           });
  }

  void add(const std::string& name) {
    const auto at = parts_.find(name);
    if (at == parts_.end()) return;
    Parts parts = std::move(at->second);
    parts_.erase(at);
    if (!parts.x) throw Error((parts.y ? parts.y : parts.targets)->first + ": labels without samples");
    Split split;
    split.name = name;
    const bool masks = parts.x->second.kind() == NpyArray::Kind::boolean;
    split.set_samples(samples_of(parts.x->first, parts.x->second, data_.feature_names, layout_, options_));
    if (masks && split.x().type == h5::Type::u8 && !ranged_) data_.valid_max = 1;
    const std::string x_name = parts.x->first;
    if (const Split* first = data_.splits.empty() ? nullptr : &data_.splits.front();
        first && first->x().type != split.x().type)
      throw Error(x_name + ": " + parts.x->second.type() +
                  (split.x().type == h5::Type::u8 ? " values are pixels from 0 to 255"
                                                  : " values are no pixels from 0 to 255") +
                  ", but those of split " + first->name + (first->x().type == h5::Type::u8 ? " are" : " are not") +
                  "; save the samples of all splits in one scale and type");
    parts.x.reset();
    split.number_rows();
    Truth truth;
    for (const auto* array : {&parts.y, &parts.targets}) {
      if (!*array) continue;
      const auto& [y_name, values] = **array;
      // What nn-convert calls targets are targets; alone and not floats they may be somebody's labels.
      Truth one = truth_of(y_name, values, array == &parts.targets, data_.target_names, truth_options_);
      if (values.shape()[0] != split.size())
        throw Error(y_name + ": " + std::to_string(values.shape()[0]) + " rows, " + x_name + " has " +
                    std::to_string(split.size()));
      if (one.targets.shape.rank() ? truth.targets.shape.rank() > 0 : !truth.numbers.empty() || !truth.words.empty())
        throw Error(y_name + ": a second array of " + (one.targets.shape.rank() ? "targets" : "labels") +
                    " for split " + name);
      if (array == &parts.y) check_one_kind(y_name, one.targets.shape.rank() > 0);
      if (one.targets.shape.rank())
        truth.targets = std::move(one.targets);
      else
        truth.numbers = std::move(one.numbers), truth.words = std::move(one.words);
    }
    split.set("targets", std::move(truth.targets));
    any_words_ = any_words_ || !truth.words.empty();
    any_numbers_ = any_numbers_ || !truth.numbers.empty();
    numbers_.push_back(std::move(truth.numbers));
    words_.push_back(std::move(truth.words));
    data_.splits.push_back(std::move(split));
  }

  /// What the arrays y hold is the same in all splits.
  void check_one_kind(const std::string& name, bool targets) {
    if (y_name_.empty()) y_name_ = name, y_targets_ = targets;
    if (targets != y_targets_)
      throw Error(name + " holds " + (targets ? "targets" : "labels") + ", but " + y_name_ + " " +
                  (targets ? "labels" : "targets") +
                  "; --y labels makes labels of one-hot rows, too, --y targets targets of all");
  }

  /// Of scikit-learn, target_names are the classes, also where the samples have some of them only.
  void name_classes() {
    if (data_.target_names.empty() ||
        std::ranges::any_of(data_.splits, [](const Split& s) { return s.targets().shape.rank() == 2; }))
      return;
    std::vector<std::string> names = std::exchange(data_.target_names, {});
    const auto fits = [&](const std::vector<int64_t>& labels) {
      return std::ranges::all_of(
          labels, [&](int64_t label) { return label >= 0 && label < static_cast<int64_t>(names.size()); });
    };
    if (!any_numbers_ || !classes_.empty() || !std::ranges::all_of(numbers_, fits)) {
      options_.warning("target_names are not used: there are no targets");
      return;
    }
    check_distinct(names, "target_names: class");
    classes_ = std::move(names);
    options_.note("target_names name the classes");
  }

  void encode_words() {
    if (classes_.empty()) return encode_labels(words_, data_, options_);
    check_distinct(classes_, "class_names: class");
    for (size_t s = 0; s < words_.size(); ++s) {
      const std::vector<int64_t> labels = places_of(words_[s], classes_, "label");
      data_.splits[s].set("labels", std::vector<int32_t>(labels.begin(), labels.end()));
    }
    data_.classes = classes_;
  }

  const NumpyOptions& options_;
  NumpyOptions truth_options_;  ///< for labels and targets
  Dataset data_;
  std::vector<std::string> classes_, splits_;
  std::map<std::string, Parts> parts_;
  Layout layout_ = Layout::unknown;
  std::vector<std::vector<int64_t>> numbers_;
  std::vector<std::vector<std::string>> words_;
  bool any_words_ = false, any_numbers_ = false, has_split_names_ = false, ranged_ = false, y_targets_ = false;
  std::string y_name_;  ///< of the first array y
};

bool is_usual(const std::string& split) { return split == "train" || split == "val" || split == "test"; }
}  // namespace

Dataset dataset_from(NamedArrays arrays, const NumpyOptions& options) {
  Dataset data = Assembly(std::move(arrays), options).make();
  check_distinct(data.feature_names, "feature_names: feature");
  check_distinct(data.target_names, "target_names: target");
  if (data.sample_shape().rank() == 3 && !data.feature_names.empty()) {
    options.warning("feature_names are not used: the samples are images");
    data.feature_names.clear();
  }
  if (data.valid_min != std::floor(data.valid_min) || data.valid_max != std::floor(data.valid_max) ||
      data.valid_min < 0 || data.valid_max > 255 || data.valid_min >= data.valid_max)
    throw Error("valid_min " + value_text(data.valid_min) + " and valid_max " + value_text(data.valid_max) +
                ": expected whole numbers from 0 to 255, the least first");
  return data;
}

std::vector<ForeignFile> arrays_of(const Dataset& data, const FormatOptions& options) {
  if (!data.splits.empty() && data.splits.front().x().type == h5::Type::u8 && !data.splits.front().is_images())
    options.warning("features of uint8 come back as float32");
  std::vector<ForeignFile> files;
  std::vector<std::string> splits;
  for (const Split& split : data.splits) {
    if (split.size() == 0)
      throw Error("split " + split.name + " holds no samples: arrays without rows could not be read back");
    h5::Array x = split.x();
    if (x.shape.rank() == 4 && x.shape[1] == 1) x.shape = {x.shape[0], x.shape[2], x.shape[3]};  // as Keras' mnist.npz
    files.push_back({"x_" + split.name + ".npy", write_npy(x)});
    if (!split.labels().empty())
      files.push_back({"y_" + split.name + ".npy", write_npy(split.column("labels")->values)});
    if (split.targets().shape.rank()) files.push_back({"targets_" + split.name + ".npy", write_npy(split.targets())});
    if (!is_usual(split.name)) splits.push_back(split.name);
  }
  const Shape sample = data.splits.empty() ? Shape{} : data.sample_shape();
  if (sample.rank() == 3 && sample[0] > 1) files.push_back({"layout.npy", write_npy(std::vector<std::string>{"NCHW"})});
  if (!data.classes.empty()) files.push_back({"class_names.npy", write_npy(data.classes)});
  if (!data.feature_names.empty()) files.push_back({"feature_names.npy", write_npy(data.feature_names)});
  if (!data.target_names.empty()) files.push_back({"target_names.npy", write_npy(data.target_names)});
  if (!splits.empty()) files.push_back({"splits.npy", write_npy(splits)});
  if (!data.splits.empty() && data.splits.front().x().type == h5::Type::u8)
    for (const auto& [name, value] : {std::pair{"valid_min.npy", data.valid_min}, {"valid_max.npy", data.valid_max}})
      files.push_back({name, write_npy(h5::Array::of<int64_t>({}, std::vector<int64_t>{static_cast<int64_t>(value)}))});
  return files;
}

}  // namespace nn
