// SPDX-License-Identifier: MIT
// How a plan runs: segments over tiles, or over parts of the workers; random words beside the first of them; gradients
// that need the whole batch at the end.
#include <algorithm>
#include <chrono>
#include <span>

#include "backend/cpu/plan/plan.h"

namespace nn::cpu {

constexpr int64_t rows_of_pack = 512;  ///< whose values stay in a worker's caches

/// Tiles of the batch, or, in a joint phase, as many parts as there are workers: who works does not show in the result.
int CpuPlan::count_of(const Segment& segment, Pass pass) const {
  if (by_packs(segment, pass)) return static_cast<int>(packs_.size()) - 1;
  return joint(segment, pass) ? parts() : options_.tiles;
}

int CpuPlan::split_factor_of(const Segment& segment, Pass pass) const {
  return pass == Pass::forward && joint(segment, pass) ? segment.front().step->split_factor() : 1;
}

template <class Work>
void CpuPlan::run(int count, Work&& work) {
  team_.run(count, [&](int index, int worker) { run_tile(index, count, worker, work); });
}

/// A segment, and something else beside it, which is begun first.
template <class Work, class Other>
void CpuPlan::run_beside(const Segment& segment, Work&& work, Other&& other) {
  const int count = count_of(segment, Pass::forward);
  const bool packs = by_packs(segment, Pass::forward);
  if (!segment.front().step->joint(Pass::forward, segment.front().phase))
    return team_.run(count + 1, [&](int index, int worker) {
      if (index == 0)
        other();
      else
        run_tile(index % count, count, worker, work, 1, packs);
    });
  if (const int split_factor = split_factor_of(segment, Pass::forward); split_factor > 1) {
    // Index i is for worker i % size: 0 for the other work, and each worker's parts in turn.
    const int workers = parts(), all = workers * split_factor;
    return team_.run(all + 1, [&](int index, int worker) {
      if (index == 0)
        other();
      else
        run_tile(part_at((index - 1) / workers * workers + index % workers, split_factor), all, worker, work);
    });
  }
  constexpr int units_of_part = 16;
  const int units = units_of_part * count, first = balance_.share(units, count);
  team_.run(count, [&](int index, int worker) {
    if (index > 0) {
      const auto [begin, end] = part_of(units - first, index - 1, count - 1);
      return run_tile(first + static_cast<int>(begin), units, worker, work, static_cast<int>(end - begin));
    }
    using Clock = std::chrono::steady_clock;
    using Seconds = std::chrono::duration<double>;
    const auto start = Clock::now();
    other();
    const auto between = Clock::now();
    run_tile(0, units, worker, work, first);
    balance_.took(Seconds(between - start).count(), Seconds(Clock::now() - between).count() / first);
  });
}

template <class Work>
void CpuPlan::run_tile(int index, int count, int worker, Work&& work, int width, bool packs) {
  const FlushDenormals flush;
  float* scratch = scratch_[static_cast<size_t>(worker)].get();
  if (packs) {
    const int64_t first = packs_[static_cast<size_t>(index)], last = packs_[static_cast<size_t>(index) + 1];
    const int64_t* start = in_flight_.starts();
    return work(Tile{index, count, start[first], start[last], scratch, worker, width, {first, last}});
  }
  const auto [begin, end] = part_of(options_.batch, index, count);
  work(Tile{index, count, begin, end, scratch, worker, width});
}

/// Whole samples of about equal numbers of rows, a multiple of the workers: each goes through a segment alone. What is
/// computed does not depend on how they are packed: rows are made one by one, and sums over all of them in finish().
void CpuPlan::make_packs() {
  const std::span<const int64_t> start = in_flight_.start();
  const int64_t rows = start.back(), workers = team_.size(), count = round_up(ceil_of(rows, rows_of_pack), workers);
  packs_.assign(1, 0);
  for (int64_t i = 1; i < count; ++i) {
    const auto at = std::lower_bound(start.begin(), start.end(), rows * i / count) - start.begin();
    if (at > packs_.back() && at < options_.batch) packs_.push_back(at);
  }
  packs_.push_back(options_.batch);
}

/// Without a profile a tile goes through the whole segment; with one, each call is a run of its own.
template <class Work>
void CpuPlan::run_calls(const Segment& segment, Pass pass, Work&& work) {
  const int split_factor = split_factor_of(segment, pass), count = count_of(segment, pass) * split_factor;
  const bool packs = by_packs(segment, pass);
  const auto run_all = [&](auto&& of_tile) {
    team_.run(count, [&](int index, int worker) {
      run_tile(split_factor > 1 ? part_at(index, split_factor) : index, count, worker, of_tile, 1, packs);
    });
  };
  if (!profiling_) {
    run_all([&](const Tile& tile) {
      for (const Call& c : segment) work(c, tile);
    });
    return;
  }
  for (const Call& c : segment)
    timed(c.step, pass, c.phase == 0 ? 1 : 0, [&] { run_all([&](const Tile& tile) { work(c, tile); }); });
}

template <class Work>
void CpuPlan::timed(const Step* step, Pass pass, int calls, Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].get() != step) continue;
    StepTime& time = (pass == Pass::forward ? forward_times_ : backward_times_)[i];
    time.seconds += took.count();
    time.calls += calls;
  }
}

void CpuPlan::repack() {
  for (const auto& s : steps_)
    if (s->needs_repack()) run(parts(), [&](const Tile& tile) { s->repack(tile); });
}

void CpuPlan::forward(RandomSource* words) {
  const auto draw = [&] {
    for (const auto& s : steps_) s->words(words);
  };
  const auto work = [](const Call& c, const Tile& tile) { c.step->forward(c.phase, tile); };
  if (rows_) rows_.find(labels_of_batch(), targets_of_batch());
  if (in_flight_) {
    in_flight_.check();
    make_packs();
    for (const auto& s : steps_) s->begin_run();
  }
  repack();
  size_t first = 0;
  if (words_beside_ && !profiling_) {
    ++first;
    run_beside(
        forward_[0],
        [&](const Tile& tile) {
          for (const Call& c : forward_[0]) work(c, tile);
        },
        draw);
  } else if (options_.training) {
    draw();
  }
  for (size_t i = first; i < forward_.size(); ++i) run_calls(forward_[i], Pass::forward, work);
  for (const auto& s : steps_) s->after_forward();
}

void CpuPlan::go_back(const UpdateRule* rule) {
  if (!options_.training) throw std::logic_error("backward of a plan that was not compiled for training");
  for (const Segment& segment : backward_)
    run_calls(segment, Pass::backward, [this](const Call& c, const Tile& tile) {
      if (c.step) return c.step->backward(c.phase, tile);
      const Slice s = extent(c.value).slice(lay(c.value), shape(c.value), tile);
      kernels_.add(c.sum_into + s.begin, c.part + s.begin, c.sum_into + s.begin, s.size);
    });
  finish(Updater(memory_, rule));
  if (rule) memory_.changed();
  memory_.set_used_up(rule != nullptr);
}

/// Each step by parts of its own grain, in one run of the finest; with a profile, by a run of its own.
void CpuPlan::finish(const Updater& updater) {
  const auto run_steps = [&](std::span<const StepPointer> steps) {
    int split_factor = 1;
    for (const auto& s : steps)
      if (has_backward(*s)) split_factor = std::max(split_factor, s->split_factor());
    team_.run(parts() * split_factor, [&](int index, int worker) {
      for (const auto& s : steps)
        if (has_backward(*s) && index < parts() * s->split_factor())
          run_tile(part_at(index, s->split_factor()), parts() * s->split_factor(), worker,
                   [&](const Tile& tile) { s->finish(tile, updater); });
    });
  };
  if (!profiling_) return run_steps(steps_);
  for (const auto& s : steps_)
    if (has_backward(*s)) timed(s.get(), Pass::backward, 0, [&] { run_steps({&s, 1}); });
}

}  // namespace nn::cpu
