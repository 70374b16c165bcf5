// SPDX-License-Identifier: MIT
// Workers wait a short while in a loop, then sleep on a futex (std::atomic::wait), so that a step's many small pieces
// start within a microsecond and an idle tool costs nothing.
#include "base/threads.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"

namespace nn {
namespace {

constexpr int most_threads = 1024;
constexpr int spins = 2000;  // some tens of microseconds

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) == 0)
    for (int c = 0; c < CPU_SETSIZE; ++c)
      if (CPU_ISSET(c, &mask)) cpus.push_back(c);
  return cpus;
}

/// CPUs worth of time that cgroup v2 grants in this folder's cpu.max; 0 for no limit.
int quota_of(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  const double granted = std::strtod(quota.c_str(), nullptr);
  return granted > 0 ? std::max(1, static_cast<int>(std::ceil(granted / period))) : 0;
}

/// The tightest limit from the process's own cgroup up to the root; 0 for none.
int cgroup_quota() {
  std::ifstream file("/proc/self/cgroup");
  std::string line, path;
  while (std::getline(file, line))
    if (line.rfind("0::", 0) == 0) path = line.substr(3);
  int least = 0;
  while (true) {
    const int q = quota_of("/sys/fs/cgroup" + path);
    if (q > 0 && (least == 0 || q < least)) least = q;
    const auto slash = path.rfind('/');
    if (path.empty() || slash == std::string::npos) return least;
    path.resize(slash);
  }
}

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

void pin_to(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  sched_setaffinity(0, sizeof one, &one);  // a refusal costs speed only
}

}  // namespace

int usable_cpus() {
  if (const char* text = std::getenv("NN_THREADS"); text && *text) {
    char* end = nullptr;
    const long n = std::strtol(text, &end, 10);
    if (*end || n < 1 || n > most_threads)
      throw UsageError("NN_THREADS: expected a number of threads from 1 to " + std::to_string(most_threads) + ", found '" + text + "'");
    return static_cast<int>(n);
  }
  int n = static_cast<int>(allowed_cpus().size());
  if (n < 1) n = static_cast<int>(std::thread::hardware_concurrency());
  if (const int quota = cgroup_quota(); quota > 0) n = std::min(n, quota);
  return std::max(1, n);
}

struct Team::Body {
  // What the workers watch and what they count down lie in cache lines of their own.
  alignas(64) std::atomic<uint32_t> generation{0};
  alignas(64) std::atomic<uint32_t> running{0};
  alignas(64) std::atomic<bool> stop{false};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
  Call call = nullptr;
  void* work = nullptr;
  int tiles = 0;
  int size = 1;
  bool busy = false;
  bool spin = true;
  cpu_set_t caller_mask;
  bool caller_pinned = false;
  std::vector<std::thread> threads;

  void share(int worker) noexcept {
    try {
      for (int t = worker; t < tiles; t += size) call(work, t, worker);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  }

  void await_change(const std::atomic<uint32_t>& value, uint32_t old) const {
    for (int i = 0; spin && i < spins; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      relax();
    }
    while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
  }

  void serve(int worker) {
    for (uint32_t seen = 0;; ++seen) {
      await_change(generation, seen);
      if (stop.load(std::memory_order_acquire)) return;
      share(worker);
      if (running.fetch_sub(1, std::memory_order_acq_rel) == 1) running.notify_one();
    }
  }

  void end() {
    stop.store(true, std::memory_order_release);
    generation.fetch_add(1, std::memory_order_acq_rel);
    generation.notify_all();
    for (auto& t : threads) t.join();
    threads.clear();
    if (caller_pinned) sched_setaffinity(0, sizeof caller_mask, &caller_mask);
  }
};

Team::Team(int threads, const std::function<void()>& start) : body_(std::make_unique<Body>()) {
  if (threads < 1 || threads > most_threads)
    throw UsageError("expected a number of threads from 1 to " + std::to_string(most_threads) + ", found " + std::to_string(threads));
  const auto cpus = allowed_cpus();
  body_->size = threads;
  // Pinning is right only for a team that fills its mask: two teams of one thread each would share the first CPU.
  const bool pin = threads > 1 && static_cast<size_t>(threads) == cpus.size();
  body_->spin = static_cast<size_t>(threads) <= std::max<size_t>(1, cpus.size());
  if (start) start();
  try {
    for (int w = 1; w < threads; ++w)
      body_->threads.emplace_back([body = body_.get(), w, cpu = pin ? cpus[static_cast<size_t>(w)] : -1, start] {
        if (cpu >= 0) pin_to(cpu);
        try {
          if (start) start();
        } catch (...) {
          if (!body->failed.exchange(true)) body->failure = std::current_exception();
        }
        body->serve(w);
      });
  } catch (const std::system_error& e) {
    body_->end();
    throw Error("cannot start " + std::to_string(threads) + " threads: " + e.what() + "; use fewer (--threads)");
  }
  if (pin && sched_getaffinity(0, sizeof body_->caller_mask, &body_->caller_mask) == 0) {
    body_->caller_pinned = true;
    pin_to(cpus[0]);
  }
}

Team::~Team() { body_->end(); }

int Team::size() const { return body_->size; }

void Team::run_tiles(int tiles, Call call, void* work) {
  Body& b = *body_;
  if (b.busy) throw std::logic_error("Team::run inside Team::run");
  b.busy = true;
  b.call = call;
  b.work = work;
  b.tiles = tiles;
  if (b.size > 1 && tiles > 1) {
    b.running.store(static_cast<uint32_t>(b.size - 1), std::memory_order_relaxed);
    b.generation.fetch_add(1, std::memory_order_release);
    b.generation.notify_all();
    b.share(0);
    for (uint32_t left; (left = b.running.load(std::memory_order_acquire)) != 0;) b.await_change(b.running, left);
  } else {
    b.share(0);
    for (int w = 1; w < b.size; ++w) b.share(w);  // one tile at most: worker 0 has done it
  }
  b.busy = false;
  if (b.failed.exchange(false)) std::rethrow_exception(std::exchange(b.failure, nullptr));
}

}  // namespace nn
