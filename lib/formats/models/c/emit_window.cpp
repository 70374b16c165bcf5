// SPDX-License-Identifier: MIT
// Pooling, and what else looks at neighbours or moves whole channels.
#include <fmt/format.h>

#include "formats/models/c/c_writer.h"
#include "formats/models/c/windows.h"

namespace nn {
namespace {

void write_pool(CWriter& to, const CStep& step, const Pool& op) {
  const std::string x = to.at(step.op->inputs[0]), y = to.at(step.output), window = window_of(to, step, op, 1);
  if (op.kind == Pool::Kind::max)
    return to.line(fmt::format("{}({}, {}, &{});", to.function("max_pool"), x, y, window));
  const Shape& in = to.shape(step.op->inputs[0]);
  const int64_t height = op.count_padding ? in[1] + op.pad_bottom - op.beyond_h : 0,
                width = op.count_padding ? in[2] + op.pad_right - op.beyond_w : 0;
  to.line(fmt::format("{}({}, {}, &{}, {}, {});", to.function("average_pool"), x, y, window, height, width));
}

void write_upsample(CWriter& to, const CStep& step, const Upsample& op) {
  const Shape& x = to.shape(step.op->inputs[0]);
  to.line(fmt::format("{}({}, {}, {}, {}, {}, {}, {});",
                      to.function(op.bilinear ? "upsample_bilinear" : "upsample_nearest"), to.at(step.op->inputs[0]),
                      to.at(step.output), x[0], x[1], x[2], op.factor_h, op.factor_w));
}

void write_shuffle(CWriter& to, const CStep& step, const Shuffle& op) {
  const Shape& x = to.shape(step.op->inputs[0]);
  to.line(fmt::format("{}({}, {}, {}, {}, {});", to.function("shuffle"), to.at(step.op->inputs[0]), to.at(step.output),
                      op.groups, x[0], values_from(x, 1)));
}

void write_concat(CWriter& to, const CStep& step, const Concat& op) {
  const int64_t row = values_from(to.shape(step.output), op.axis);
  int64_t first = 0;
  for (const ValueId input : step.op->inputs) {
    const int64_t part = values_from(to.shape(input), op.axis);
    const std::string y = to.at(step.output) + (first == 0 ? "" : fmt::format(" + {}", first));
    to.line(fmt::format("{}({}, {}, {}, {}, {}, {});", to.function("copy_rows"), to.at(input), part, y, row,
                        to.shape(step.output).count() / row, part));
    first += part;
  }
}

void write_slice(CWriter& to, const CStep& step, const Slice& op) {
  const Shape &x = to.shape(step.op->inputs[0]), &y = to.shape(step.output);
  const int64_t part = values_from(y, op.axis), begin = op.begin * values_from(x, op.axis + 1);
  to.line(fmt::format("{}({}, {}, {}, {}, {}, {});", to.function("copy_rows"),
                      to.at(step.op->inputs[0]) + (begin == 0 ? "" : fmt::format(" + {}", begin)),
                      values_from(x, op.axis), to.at(step.output), part, y.count() / part, part));
}

}  // namespace

std::vector<CEmitter> c_window_emitters() {
  return {emitter_of<Pool, write_pool>(), emitter_of<Upsample, write_upsample>(), emitter_of<Shuffle, write_shuffle>(),
          emitter_of<Concat, write_concat>(), emitter_of<Slice, write_slice>()};
}

}  // namespace nn
