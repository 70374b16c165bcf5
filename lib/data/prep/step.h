// SPDX-License-Identifier: MIT
// Sample-changing preparation steps, recorded as lines of /prep/recipe. To add one: a file here with
// `extern const PrepStepType NAME_step`, and a line in steps.def, whose order is the order in which steps act whatever
// the order of the options; nn-prep's option --NAME, help, man page and the generic test follow. Row operations
// (subset, split) are not steps: data/rows.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/registry.h"
#include "base/shape.h"

namespace nn {

struct StepContext {
  Shape shape;                  ///< of one sample where the step stands
  bool integer_pixels = false;  ///< values are still the file's integers, valid_min..valid_max
  double valid_min = 0, valid_max = 255;
  std::vector<float> mean, std;  ///< of /prep, for standardize
  /// What an empty pixel holds here.
  float background() const { return integer_pixels ? static_cast<float>(valid_min) : 0.0F; }
};

class PrepStep {
 public:
  virtual ~PrepStep() = default;
  virtual Shape output_shape() const = 0;
  /// A value of the output depends on the same value of the input and on its channel, on nothing else.
  virtual bool elementwise() const { return false; }
  /// Values pass as they are, only their shape is another.
  virtual bool reshapes() const { return false; }
  virtual bool augments() const { return false; }  ///< only when training
  virtual size_t words() const { return 0; }       ///< random words per sample
  /// One sample; in and out are apart. Called by several threads at once; allocates nothing.
  virtual void apply(std::span<const float> in, std::span<float> out, std::span<const uint32_t> random) const = 0;
};

struct PrepStepType {
  const char* name;     ///< option of nn-prep and first word of the recipe line
  const char* metavar;  ///< "LOW:HIGH"; empty: the option takes no value
  const char* summary;
  const char* example;  ///< an argument that fits images of 8x8, for tests and help
  /// argument as in the recipe line; UsageError when malformed, Error when the samples do not fit.
  std::unique_ptr<PrepStep> (*make)(const std::string& argument, const StepContext& context);
};
Table<PrepStepType> prep_step_types();

/// Axis 0 of images {C,H,W}; every feature of {D} is a channel of its own.
inline int64_t channels_of(const Shape& sample) { return sample[0]; }

/// "0.5", "0.5:0.25" as numbers; UsageError unless there are `parts` of them, or parts is 0.
std::vector<double> numbers_in(const std::string& text, char separator, size_t parts, const std::string& step);

}  // namespace nn
