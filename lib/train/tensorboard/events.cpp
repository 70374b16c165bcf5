// SPDX-License-Identifier: MIT
#include "train/tensorboard/events.h"

#include <bit>

#include "train/tensorboard/events.pb.h"
#include "train/tensorboard/record.h"

namespace nn::tensorboard {
namespace {

Event event_at(double wall_time, int64_t step) {
  Event event;
  event.set_wall_time(wall_time);
  event.set_step(step);
  return event;
}

/// A value of that tag; the first says which plug-in shows it. All three plug-ins take an empty content for version 0.
Tensor& value_in(Event& event, const std::string& tag, bool first, const char* plugin, DataClass data_class) {
  Summary::Value& value = *event.mutable_summary()->add_value();
  value.set_tag(tag);
  if (first) {
    value.mutable_metadata()->mutable_plugin_data()->set_plugin_name(plugin);
    value.mutable_metadata()->set_data_class(data_class);
  }
  return *value.mutable_tensor();
}

void set_shape(Tensor& tensor, std::initializer_list<size_t> dims) {
  tensor.mutable_tensor_shape();  // present, though empty for a scalar
  for (const size_t dim : dims) tensor.mutable_tensor_shape()->add_dim()->set_size(static_cast<int64_t>(dim));
}

void put_double(std::string& to, double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int i = 0; i < 8; ++i) to.push_back(static_cast<char>((bits >> (8 * i)) & 0xFF));
}

}  // namespace

std::string version_event(double wall_time) {
  Event event = event_at(wall_time, 0);
  event.set_file_version("brain.Event:2");
  return framed(event.SerializeAsString());
}

std::string start_event(double wall_time, int64_t step) {
  Event event = event_at(wall_time, step);
  event.mutable_session_log()->set_status(SessionLog::START);
  return framed(event.SerializeAsString());
}

std::string scalar_event(double wall_time, int64_t step, const std::string& tag, double value, bool first) {
  Event event = event_at(wall_time, step);
  Tensor& tensor = value_in(event, tag, first, "scalars", DATA_CLASS_SCALAR);
  tensor.set_dtype(DT_FLOAT);
  set_shape(tensor, {});
  tensor.add_float_val(static_cast<float>(value));
  return framed(event.SerializeAsString());
}

std::string histogram_event(double wall_time, int64_t step, const std::string& tag, const Histogram& histogram,
                            bool first) {
  Event event = event_at(wall_time, step);
  Tensor& tensor = value_in(event, tag, first, "histograms", DATA_CLASS_TENSOR);
  tensor.set_dtype(DT_DOUBLE);
  set_shape(tensor, {histogram.size(), 3});
  std::string& content = *tensor.mutable_tensor_content();
  for (const auto& [left, right, count] : histogram)
    for (const double value : {left, right, count}) put_double(content, value);
  return framed(event.SerializeAsString());
}

std::string table_event(double wall_time, int64_t step, const std::string& tag,
                        const std::vector<std::pair<std::string, std::string>>& rows, bool first) {
  Event event = event_at(wall_time, step);
  Tensor& tensor = value_in(event, tag, first, "text", DATA_CLASS_TENSOR);
  tensor.set_dtype(DT_STRING);
  set_shape(tensor, {rows.size(), 2});
  for (const auto& [name, text] : rows) {
    tensor.add_string_val(name);
    tensor.add_string_val(text);
  }
  return framed(event.SerializeAsString());
}

}  // namespace nn::tensorboard
