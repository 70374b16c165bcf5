// SPDX-License-Identifier: MIT
// Sample-changing preparation steps, recorded as lines of /prep/recipe. To add one: a file here with
// `extern const PrepStepType NAME_step`, and a line in steps.def; nn-prep's option --NAME, help, man page and the
// generic test follow. Row operations (subset, split) are not steps: data/rows.h.
#pragma once

#include <memory>
#include <string>

#include "base/registry.h"
#include "base/rng.h"
#include "data/dataset.h"

namespace nn {

/// One sample on its way: values in place, shape may change.
struct Sample {
  Shape shape;
  std::vector<float> values;  ///< capacity is kept between samples
};

class PrepStep {
 public:
  virtual ~PrepStep() = default;
  virtual Shape output_shape(const Shape& x) const { return x; }
  virtual bool augments() const { return false; }   ///< only when training
  virtual size_t words() const { return 0; }        ///< random words a sample
  /// For the fast path: y = x*scale[c] + shift[c] per channel; false when the step is something else.
  virtual bool affine(std::vector<float>& scale, std::vector<float>& shift) const { (void)scale, (void)shift; return false; }
  virtual void apply(Sample& x, std::span<const uint32_t> random) const = 0;
};

struct StepContext {
  Shape raw;                       ///< of one sample where the step stands
  bool integer_pixels = false;
  double valid_min = 0, valid_max = 255;
  std::vector<float> mean, std;    ///< of /prep, for standardize
};

struct PrepStepType {
  const char* name;      ///< option of nn-prep and first word of the recipe line
  const char* metavar;   ///< "LOW:HIGH"; empty: the option takes no value
  const char* summary;
  /// argument as in the recipe line; UsageError when malformed.
  std::unique_ptr<PrepStep> (*make)(const std::string& argument, const StepContext& context);
};
Table<PrepStepType> prep_step_types();

}  // namespace nn
