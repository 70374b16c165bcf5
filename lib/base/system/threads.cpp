// SPDX-License-Identifier: MIT
// Workers wait a short while in a loop, then sleep on a futex (std::atomic::wait), so that a step's many small pieces
// start within a microsecond and an idle tool costs nothing. Each tile is claimed by who comes first, its own worker
// before the others: a worker that another program keeps from its CPU is not waited for unless it has begun a tile.
// Where that happens often, threads are no longer pinned, and the caller works alone for a while (pace.h).
#include "base/system/threads.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <mutex>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/system/pace.h"

namespace nn {
namespace {

constexpr int most_threads = 1024;
/// Waking takes tens of microseconds, and who was robbed of a core for a moment is often back within these.
constexpr std::chrono::microseconds spin_time{200};
constexpr int looks = 64;  // before one at the clock

/// The mask that the process began with, or had when this was first asked: a team narrows that of its caller.
std::vector<int> ask_for_cpus() {
  std::vector<int> cpus;
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) == 0)
    for (int c = 0; c < CPU_SETSIZE; ++c)
      if (CPU_ISSET(c, &mask)) cpus.push_back(c);
  return cpus;
}

const std::vector<int>& allowed_cpus() {
  static const std::vector<int> cpus = ask_for_cpus();
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

void keep_to(std::span<const int> cpus, pthread_t thread = pthread_self()) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  for (const int cpu : cpus) CPU_SET(cpu, &mask);
  if (!cpus.empty()) pthread_setaffinity_np(thread, sizeof mask, &mask);  // a refusal costs speed only
}

/// Of this thread.
Pace::Clock::duration time_on_cpu() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

int usable_cpus() {
  if (const char* text = std::getenv("NN_THREADS"); text && *text) {
    char* end = nullptr;
    const long n = std::strtol(text, &end, 10);
    if (*end || n < 1 || n > most_threads)
      throw UsageError("NN_THREADS: expected a number of threads from 1 to " + std::to_string(most_threads) +
                       ", found '" + text + "'");
    return static_cast<int>(n);
  }
  int n = static_cast<int>(allowed_cpus().size());
  if (n < 1) n = static_cast<int>(std::thread::hardware_concurrency());
  if (const int quota = cgroup_quota(); quota > 0) n = std::min(n, quota);
  return std::max(1, n);
}

struct Team::Body {
  static constexpr size_t claim_count = 256;  ///< tiles t, t + 256, ... are claimed together

  // What the workers watch and what they count down lie in cache lines of their own.
  /// Number of the run and how many claims it has, in one word: a worker that comes late sees both of one run. The
  /// number has 54 bits, which do not go round: a worker may be kept from its CPU for as long as it likes.
  alignas(64) std::atomic<uint64_t> job{0};
  std::atomic<uint32_t> published{0};         ///< counts the runs, set after job: what workers sleep on
  alignas(64) std::atomic<uint32_t> left{0};  ///< claims of this run that are not done
  alignas(64) std::atomic<bool> stop{false};
  std::atomic<bool> failed{false};
  std::atomic<uint32_t> starting{0};  ///< workers that have not run `start` yet
  /// The run in which each was claimed last. A claim for a run succeeds only while that run goes on, and it goes on
  /// until all its claims are done: call, work and tiles may be read after a claim, never before.
  std::array<std::atomic<uint64_t>, claim_count> claims{};
  std::mutex failure_lock;
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
  // What the caller measures for its pace.
  Pace pace{1};
  bool can_pin = false, pinned = false;
  Pace::Clock::time_point window_begin{};
  Pace::Clock::duration cpu_at_begin{}, waited{};

  static constexpr int claim_bits = 10;
  static_assert(claim_count < size_t{1} << claim_bits);
  static uint64_t run_of(uint64_t job) { return job >> claim_bits; }
  static int claims_of(uint64_t job) { return static_cast<int>(job & ((uint64_t{1} << claim_bits) - 1)); }

  void keep_failure() {
    const std::lock_guard lock(failure_lock);
    if (!failure) failure = std::current_exception();
    failed.store(true, std::memory_order_release);
  }
  void rethrow_failure() {
    if (!failed.exchange(false, std::memory_order_acq_rel)) return;
    std::unique_lock lock(failure_lock);
    const std::exception_ptr first = std::exchange(failure, nullptr);
    lock.unlock();
    std::rethrow_exception(first);
  }

  bool claim(int i, uint64_t run) {
    std::atomic<uint64_t>& c = claims[static_cast<size_t>(i)];
    uint64_t last = c.load(std::memory_order_relaxed);
    while (last < run)
      if (c.compare_exchange_weak(last, run, std::memory_order_acq_rel, std::memory_order_relaxed)) return true;
    return false;
  }

  void work_off(int i, int worker) noexcept {
    try {
      for (int t = i; t < tiles; t += static_cast<int>(claim_count)) call(work, t, worker);
    } catch (...) {
      keep_failure();
    }
    if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) left.notify_one();
  }

  void alone(int count) noexcept {
    try {
      for (int t = 0; t < count; ++t) call(work, t, 0);
    } catch (...) {
      keep_failure();
    }
  }

  void share(uint64_t job, int worker) noexcept {
    const int n = claims_of(job);
    const uint64_t run = run_of(job);
    for (int i = worker; i < n; i += size)
      if (claim(i, run)) work_off(i, worker);
    for (int i = n; i-- > 0;)
      if (claim(i, run)) work_off(i, worker);
  }

  /// Lets the threads go where the machine has room, or pins each to its CPU.
  void set_pinned(bool on) {
    const std::span<const int> cpus = allowed_cpus();
    for (size_t w = 0; w <= threads.size(); ++w)
      keep_to(on ? cpus.subspan(w, 1) : cpus, w == 0 ? pthread_self() : threads[w - 1].native_handle());
    pinned = on;
  }

  /// Whether the caller does this run without the others.
  bool runs_alone() {
    const auto now = Pace::Clock::now();
    if (now - window_begin > Pace::window) {
      const auto used = time_on_cpu();
      if (window_begin != Pace::Clock::time_point{}) pace.judge(now, {now - window_begin, used - cpu_at_begin, waited});
      window_begin = now, cpu_at_begin = used, waited = {};
      if (can_pin && pinned != pace.pinned(now)) set_pinned(!pinned);
    }
    return pace.alone(now);
  }

  /// Until all claims of the run are done. A wait of a few microseconds is the end of any run, and is not counted.
  void await_others() {
    for (int i = 0; i < looks; ++i) {
      if (left.load(std::memory_order_acquire) == 0) return;
      relax();
    }
    const auto begin = Pace::Clock::now();
    for (uint32_t now; (now = left.load(std::memory_order_acquire)) != 0;) await_change(left, now);
    waited += Pace::Clock::now() - begin;
  }

  void await_change(const std::atomic<uint32_t>& value, uint32_t old) const {
    using Clock = std::chrono::steady_clock;
    for (Clock::time_point end{}; spin;) {
      for (int i = 0; i < looks; ++i) {
        if (value.load(std::memory_order_acquire) != old) return;
        relax();
      }
      const Clock::time_point now = Clock::now();
      if (end == Clock::time_point{})
        end = now + spin_time;
      else if (now >= end)
        break;
    }
    while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
  }

  void serve(int worker) {
    for (uint32_t seen = 0;;) {
      await_change(published, seen);
      seen = published.load(std::memory_order_acquire);  // before stop is read: the run that stops is never missed
      if (stop.load(std::memory_order_acquire)) return;
      share(job.load(std::memory_order_acquire), worker);
    }
  }

  void publish(int claims_wanted) {
    const uint64_t run = run_of(job.load(std::memory_order_relaxed)) + 1;
    job.store(run << claim_bits | static_cast<uint64_t>(claims_wanted), std::memory_order_release);
    published.store(static_cast<uint32_t>(run), std::memory_order_release);
    published.notify_all();
  }

  void end() {
    stop.store(true, std::memory_order_release);
    publish(0);
    for (auto& t : threads) t.join();
    threads.clear();
    if (caller_pinned) sched_setaffinity(0, sizeof caller_mask, &caller_mask);
  }
};

Team::Team(int threads, const std::function<void()>& start) : body_(std::make_unique<Body>()) {
  if (threads < 1 || threads > most_threads)
    throw UsageError("expected a number of threads from 1 to " + std::to_string(most_threads) + ", found " +
                     std::to_string(threads));
  const std::span<const int> cpus = allowed_cpus();
  body_->size = threads;
  body_->pace = Pace(threads);
  // Pinning is right only for a team that fills its mask: two teams of one thread each would share the first CPU.
  const bool pin = threads > 1 && static_cast<size_t>(threads) == cpus.size();
  body_->spin = static_cast<size_t>(threads) <= std::max<size_t>(1, cpus.size());
  if (start) start();
  body_->starting = static_cast<uint32_t>(threads - 1);
  try {
    for (int w = 1; w < threads; ++w)
      body_->threads.emplace_back(
          [body = body_.get(), w, mine = pin ? cpus.subspan(static_cast<size_t>(w), 1) : cpus, start] {
            keep_to(mine);  // a thread begins with the mask of its maker, which another team may have narrowed
            try {
              if (start) start();
            } catch (...) {
              body->keep_failure();
            }
            if (body->starting.fetch_sub(1, std::memory_order_acq_rel) == 1) body->starting.notify_one();
            body->serve(w);
          });
  } catch (const std::system_error& e) {
    body_->end();
    throw Error("cannot start " + std::to_string(threads) + " threads: " + e.what() + "; use fewer (--threads)");
  }
  for (uint32_t left; (left = body_->starting.load(std::memory_order_acquire)) != 0;) body_->starting.wait(left);
  if (pin && sched_getaffinity(0, sizeof body_->caller_mask, &body_->caller_mask) == 0) {
    body_->caller_pinned = body_->can_pin = body_->pinned = true;
    keep_to(cpus.first(1));
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
  if (b.size > 1 && tiles > 1 && !b.runs_alone()) {
    const int claims = std::min<int>(tiles, Body::claim_count);
    b.left.store(static_cast<uint32_t>(claims), std::memory_order_relaxed);
    b.publish(claims);
    b.share(b.job.load(std::memory_order_relaxed), 0);
    b.await_others();
  } else {
    b.alone(tiles);
  }
  b.busy = false;
  b.rethrow_failure();
}

}  // namespace nn
