// SPDX-License-Identifier: MIT
// Our own threads. Work is cut into tiles by shapes only, so that any number of threads gives the same bits.
#pragma once

#include <functional>
#include <memory>

namespace nn {

/// CPUs this process may use (affinity mask and cgroup quota), at least 1. NN_THREADS overrides.
int usable_cpus();

/// A fixed set of workers, the calling thread among them; pinned within the process's own CPU mask.
class Team {
 public:
  /// start is run once in every worker and in the caller (the place for omp_set_num_threads(1)). When this returns, all
  /// workers have done so and wait, holding no lock: the process may fork, as the reading of files does.
  explicit Team(int threads, const std::function<void()>& start = {});
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const;

  /// Calls work(tile, worker) for tile 0..tiles-1, tile t on worker t % size() where that one comes in time, and
  /// returns when all are done. No two calls of one worker at once. The first exception is rethrown. Allocates nothing.
  template <class Work>
  void run(int tiles, Work&& work) {
    run_tiles(
        tiles, [](void* w, int tile, int worker) { (*static_cast<std::remove_reference_t<Work>*>(w))(tile, worker); },
        &work);
  }

 private:
  using Call = void (*)(void*, int tile, int worker);
  void run_tiles(int tiles, Call call, void* work);
  struct Body;
  std::unique_ptr<Body> body_;
};

/// First and one-past-last of part `tile` of `tiles` equal parts of n.
struct Range {
  int64_t begin, end;
};
inline Range part_of(int64_t n, int tile, int tiles) { return {n * tile / tiles, n * (tile + 1) / tiles}; }

}  // namespace nn
