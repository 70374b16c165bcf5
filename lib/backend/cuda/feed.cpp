// SPDX-License-Identifier: MIT
#include "backend/cuda/feed.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "base/error.h"

namespace nn::cuda {
namespace {

DeviceMask described(const MaskStream& stream) {
  const CounterStream& n = stream.numbers;
  const Shape& image = stream.drawn_channels_last;
  return {n.kind == CounterStream::Kind::philox ? 1u : 2u,
          {n.key[0], n.key[1]},
          {n.high[0], n.high[1]},
          image.rank() == 3 ? static_cast<int32_t>(image[0]) : 1};
}

}  // namespace

std::shared_ptr<const Resident> Residents::of(const Source& s) {
  if (s.refilled) return nullptr;
  std::erase_if(known_, [](const Known& k) { return k.copy.expired(); });
  for (const Known& k : known_)
    if (k.x == s.x.data() && k.bytes == s.x.size() && k.labels == s.labels.data() && k.targets == s.targets.data())
      return k.copy.lock();
  const size_t wanted = s.x.size() + s.labels.size_bytes() + s.targets.size_bytes();
  if (wanted > device_.free_bytes() / 2) return nullptr;
  const auto made = std::make_shared<Resident>(Resident{{device_, s.x}, {device_, s.labels}, {device_, s.targets}});
  known_.push_back({s.x.data(), s.labels.data(), s.targets.data(), s.x.size(), made});
  return made;
}

Feed::Feed(Device& device, const Graph& graph, const PlanOptions& options, Residents& residents, int64_t most_steps)
    : device_(device),
      graph_(graph),
      options_(options),
      rows_(graph, options),
      resident_(options.source ? residents.of(*options.source) : nullptr),
      most_steps_(resident_ ? most_steps : 1),
      step_(device, 1) {
  step_.zero();
  make_samples();
  make_labels();
  make_masks();
}

void Feed::make_samples() {
  const auto size = static_cast<size_t>(options_.batch * count());
  if (rows_.of_bytes()) byte_values_ = {device_, options_.source->byte_values};
  if (resident_)
    index_ = {device_, static_cast<size_t>(options_.batch * most_steps_)};
  else if (rows_.of_bytes())
    staged_ = {device_, size}, staged_on_ = {device_, size};
  else
    x_ = {device_, size};
}

void Feed::make_labels() {
  const Op* loss = graph_.loss();
  const LossTarget target = loss ? traits_of(loss->what).target : LossTarget::none;
  const auto batch = static_cast<size_t>(options_.batch);
  if (target == LossTarget::labels) classes_ = graph_.value(loss->inputs[0]).shape.count();
  if (target == LossTarget::labels || wants_labels(options_.hits)) {
    if (resident_ && rows_.has_labels()) {
      check_labels(options_.source->labels);
    } else {
      labels_host_.resize(batch);
      labels_ = {device_, batch};
      labels_.zero();
    }
  }
  if (target == LossTarget::targets && !(resident_ && rows_.has_targets())) {
    targets_host_.resize(batch * static_cast<size_t>(graph_.value(loss->inputs[1]).shape.count()));
    targets_ = {device_, targets_host_.size()};
  }
}

void Feed::make_masks() {
  if (!options_.training) return;
  for (size_t i = 0; i < graph_.ops.size(); ++i) {
    if (!draws_words(graph_.ops[i])) continue;
    const auto& dropout = std::get<Dropout>(graph_.ops[i].what);
    const int64_t count = dropout.whole_samples ? 1 : graph_.value(graph_.ops[i].output).shape.count();
    const auto words = static_cast<size_t>(options_.batch * count);
    drawing_.push_back({static_cast<int>(i), std::vector<uint32_t>(words), {device_, words}});
  }
  masks_ = {device_, drawing_.size() * static_cast<size_t>(most_steps_)};
}

size_t Feed::bytes() const {
  size_t sum = x_.span().size_bytes() + staged_.span().size_bytes() + staged_on_.bytes() + byte_values_.bytes() +
               index_.bytes() + labels_.bytes() + targets_.bytes() + masks_.bytes();
  for (const Drawing& d : drawing_) sum += d.words.bytes();
  return sum;
}

void Feed::check_labels(std::span<const int32_t> labels) const {
  for (size_t n = 0; classes_ > 0 && n < labels.size(); ++n)
    checked_label(labels.data(), static_cast<int64_t>(n), classes_);
}

/// Waits until what was filled before has been read.
Plan::Inputs Feed::inputs() {
  device_.synchronize();
  return {rows_ ? std::span<float>() : x_.span(),
          rows_.index(),
          rows_.has_labels() ? std::span<int32_t>() : std::span<int32_t>(labels_host_),
          rows_.has_targets() ? std::span<float>() : std::span<float>(targets_host_),
          {},
          {}};
}

void Feed::load_samples(float* x) {
  if (rows_) {
    rows_.find(labels_host_, targets_host_);
    if (resident_) return device_.upload(index_.get(), rows_.index().data(), rows_.index().size_bytes());
    const auto size = static_cast<size_t>(count());
    for (size_t n = 0; n < rows_.index().size(); ++n)
      if (rows_.of_bytes())
        std::memcpy(staged_.span().data() + n * size, rows_.bytes()[n], size);
      else
        std::copy_n(rows_.floats()[n], size, x_.span().data() + n * size);
  }
  if (rows_.of_bytes()) return staged_.upload(staged_on_);
  device_.upload(x, x_.span().data(), x_.span().size_bytes(), true);
}

void Feed::load(RandomSource* words, float* x) {
  load_samples(x);
  check_labels(labels_host_);
  if (!labels_host_.empty()) labels_.set(labels_host_);
  if (!targets_host_.empty()) targets_.set(targets_host_);
  load_masks(words);
}

void Feed::load_masks(RandomSource* words) {
  if (drawing_.empty()) return;
  if (!words) throw Error("a training plan with dropout was run without random words");
  std::vector<DeviceMask> masks;
  for (Drawing& d : drawing_) {
    if (const std::optional<MaskStream> stream = words->described(d.op)) {
      masks.push_back(described(*stream));
      continue;
    }
    masks.push_back({});
    words->words(d.op, d.host);
    d.words.set(d.host);
  }
  device_.upload(masks_.get(), masks.data(), masks.size() * sizeof(DeviceMask));
}

void Feed::load(const StepsAhead& steps, int64_t count) {
  const auto samples = static_cast<int64_t>(options_.source->x.size()) / (this->count() * (rows_.of_bytes() ? 1 : 4));
  for (const int64_t row : steps.rows)
    if (row < 0 || row >= samples) throw std::logic_error("a row that the source of the samples lacks");
  if (count > most_steps_ || static_cast<int64_t>(steps.rows.size()) != count * options_.batch)
    throw std::logic_error("more steps ahead than a plan takes, or other rows");
  device_.upload(index_.get(), steps.rows.data(), steps.rows.size_bytes());
  std::vector<DeviceMask> masks;
  for (const MaskStream& stream : steps.masks) masks.push_back(described(stream));
  if (masks.size() != drawing_.size() * static_cast<size_t>(count))
    throw std::logic_error("another number of masks than steps ahead draw");
  device_.upload(masks_.get(), masks.data(), masks.size() * sizeof(DeviceMask));
}

Feed::BytesPlace Feed::bytes_place() const {
  if (!rows_.of_bytes()) return {};
  return {reinterpret_cast<const uint8_t*>(resident_ ? resident_->x.get() : staged_on_.get()), rows_place()};
}

LabelsPlace Feed::labels() const {
  if (labels_host_.empty() && resident_) return {resident_->labels.get(), rows_place()};
  return {labels_.get(), {nullptr, step_.get(), options_.batch}};
}

void Feed::launch(float* x, float* targets) const {
  device_.set_step("samples");
  if (const BytesPlace from = bytes_place(); from.bytes && x)
    launch_bytes(device_, from.rows, count(), static_cast<int64_t>(byte_values_.size() / 256), from.bytes,
                 byte_values_.get(), x);
  else if (resident_ && x)
    launch_floats(device_, rows_place(), count(), reinterpret_cast<const float*>(resident_->x.get()), x);
  if (!targets) return;
  const int64_t width = graph_.value(graph_.loss()->inputs[1]).shape.count();
  const bool of_host = !targets_host_.empty();
  launch_floats(device_, of_host ? RowsPlace{nullptr, step_.get(), options_.batch} : rows_place(), width,
                of_host ? targets_.get() : resident_->targets.get(), targets);
}

MaskPlace Feed::mask_of(int op) const {
  for (size_t i = 0; i < drawing_.size(); ++i)
    if (drawing_[i].op == op)
      return {masks_.get() + i, drawing_[i].words.get(), static_cast<int64_t>(drawing_.size()), step_.get()};
  return {};
}

}  // namespace nn::cuda
