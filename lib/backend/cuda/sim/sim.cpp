// SPDX-License-Identifier: MIT
#undef _FORTIFY_SOURCE  // its longjmp refuses to leave for another stack
#include "backend/cuda/sim/sim.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define SIM_ASAN 1
#endif

namespace nn::sim {
Here here;
Counts counts;

namespace {
const char* order_of_threads = std::getenv("SIM_ORDER");
}
void set_order(const char* order) { order_of_threads = order; }

namespace {

constexpr size_t stack_bytes = 64 << 10;
#ifdef SIM_ASAN
constexpr size_t guard_bytes = 0;  // every access is looked at
#else
constexpr size_t guard_bytes = 4096;  // behind shared memory: looked at when a block has ended
#endif

enum class Wait { none, block, warp, grid };

struct Thread {
  Here at;
  unsigned index = 0;  // in its block
  int block = 0;       // in Runner::blocks
  Wait wait = Wait::none;
  bool done = false;
  unsigned mask = 0;
  int phase = 0;  // of warp operations: which of two buffers
  Place place;
  struct Fiber* fiber = nullptr;
};

struct Fiber {
  char* stack = nullptr;
  jmp_buf state;
  bool begun = false;
  ucontext_t first;
};

struct Warp {
  uint64_t values[2][32];
};

struct Block {
  std::vector<unsigned char> shared;
  std::vector<Thread*> threads;
  std::vector<Warp> warps;
  unsigned live = 0;
};

/// One for all kernels, so that fibers and arrays are made once.
class Runner {
 public:
  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner() {
    for (auto& f : fibers_) munmap(f->stack, stack_bytes);
  }

  void run(const Config& config, const std::function<void()>& body) {
    config_ = config;
    body_ = &body;
    failed_ = false;
    error_ = nullptr;
    const unsigned blocks = config_.grid.x * config_.grid.y * config_.grid.z;
    std::vector<unsigned> order;
    shuffle(order, blocks);
    ++counts.kernels;
    counts.blocks += blocks;
    if (config_.cooperative) return run_blocks(order);
    for (const unsigned b : order) run_blocks({&b, 1});
  }

  void* shared() { return blocks_[static_cast<size_t>(now_->block)].shared.data(); }
  Warp& warp_of(const Thread& t) { return blocks_[static_cast<size_t>(t.block)].warps[t.index / 32]; }

  void wait(Wait kind, unsigned mask, Place place) {
    Thread* self = now_;
    self->wait = kind;
    self->mask = mask;
    self->place = place;
    if (kind == Wait::warp) ++counts.warp_operations;
    Fiber* f = self->fiber;
    if (_setjmp(f->state) == 0) to_scheduler();
    arrive_on_fiber();
    here = self->at;
    if (failed_) throw Stop{};
  }

  Thread* now_ = nullptr;
  struct Stop {};

 private:
  /// 0 to n-1 in the order that was chosen.
  static void shuffle(std::vector<unsigned>& order, unsigned n) {
    order.resize(n);
    std::iota(order.begin(), order.end(), 0u);
    const char* how = order_of_threads;
    if (!how || std::strcmp(how, "forward") == 0) return;
    if (std::strcmp(how, "reverse") == 0) return std::reverse(order.begin(), order.end());
    static std::mt19937 random(static_cast<unsigned>(std::atoi(how)));
    std::shuffle(order.begin(), order.end(), random);
  }

  void make_blocks(std::span<const unsigned> which) {
    const dim3 &d = config_.block, &g = config_.grid;
    const unsigned n = d.x * d.y * d.z;
    blocks_.resize(which.size());
    threads_.assign(which.size() * n, Thread());
    for (size_t k = 0; k < which.size(); ++k) {
      const unsigned b = which[k];
      Block& block = blocks_[k];
      block.shared.assign(config_.shared + guard_bytes, 0xFF);
      block.warps.resize((n + 31) / 32);
      block.threads.resize(n);
      block.live = n;
      for (unsigned t = 0; t < n; ++t) {
        Thread& thread = threads_[k * n + t];
        thread.at = {{t % d.x, t / d.x % d.y, t / d.x / d.y}, {b % g.x, b / g.x % g.y, b / g.x / g.y}, d, g};
        thread.index = t;
        thread.block = static_cast<int>(k);
        block.threads[t] = &thread;
      }
    }
  }

  void run_blocks(std::span<const unsigned> which) {
    make_blocks(which);
    counts.threads += static_cast<long>(threads_.size());
    left_ = threads_.size();
    shuffle(fresh_, static_cast<unsigned>(threads_.size()));
    next_fresh_ = 0;
    while (next_fresh_ < fresh_.size() && !failed_) start_next();
    while (left_ > 0 && !error_) {
      release();
      if (ready_.empty()) stuck();
      if (error_) break;
      shuffle(resumed_, static_cast<unsigned>(ready_.size()));
      for (const unsigned i : resumed_) resume(ready_[i]);
    }
    if (error_) fail();
    for (const Block& b : blocks_)
      if (std::any_of(b.shared.end() - guard_bytes, b.shared.end(), [](unsigned char c) { return c != 0xFF; }))
        throw std::runtime_error("sim: a block wrote beyond its " + std::to_string(config_.shared) +
                                 " bytes of shared memory");
  }

  /// Runs fresh threads on one fiber until one of them waits.
  void start_next() {
    Fiber* f = idle_.empty() ? make_fiber() : idle_.back();
    if (!idle_.empty()) idle_.pop_back();
    current_ = f;
    if (_setjmp(scheduler_) == 0) {
      leave_to_fiber(f);
      if (!f->begun) {
        f->begun = true;
        setcontext(&f->first);
      }
      _longjmp(f->state, 1);
    }
    arrive_on_scheduler();
  }

  void resume(Thread* t) {
    t->wait = Wait::none;
    now_ = t;
    current_ = t->fiber;
    if (_setjmp(scheduler_) == 0) {
      leave_to_fiber(t->fiber);
      _longjmp(t->fiber->state, 1);
    }
    arrive_on_scheduler();
  }

  Fiber* make_fiber() {
    auto f = std::make_unique<Fiber>();
    f->stack =
        static_cast<char*>(mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (f->stack == MAP_FAILED) throw std::runtime_error("sim: no memory for a fiber");
    getcontext(&f->first);
    f->first.uc_stack.ss_sp = f->stack;
    f->first.uc_stack.ss_size = stack_bytes;
    f->first.uc_link = nullptr;
    const uintptr_t self = reinterpret_cast<uintptr_t>(this);
    makecontext(&f->first, reinterpret_cast<void (*)()>(&Runner::enter), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
    fibers_.push_back(std::move(f));
    return fibers_.back().get();
  }

  static void enter(unsigned high, unsigned low) { reinterpret_cast<Runner*>(uintptr_t{high} << 32 | low)->live(); }

  /// The life of a fiber: one fresh thread after the other; then it is idle.
  [[noreturn]] void live() {
    Fiber* self = current_;
    for (;;) {
      arrive_on_fiber();
      while (next_fresh_ < fresh_.size() && !failed_) {
        Thread* t = &threads_[fresh_[next_fresh_++]];
        t->fiber = self;
        now_ = t;
        here = t->at;
        try {
          (*body_)();
        } catch (const Stop&) {
        } catch (...) {
          if (!error_) error_ = std::current_exception();
          failed_ = true;
        }
        t = now_;  // the fiber's own thread again, whatever ran between
        t->done = true;
        --blocks_[static_cast<size_t>(t->block)].live;
        --left_;
      }
      idle_.push_back(self);
      if (_setjmp(self->state) == 0) to_scheduler();
    }
  }

  [[noreturn]] void to_scheduler() {
    leave_to_scheduler();
    _longjmp(scheduler_, 1);
  }

  /// Finds who may go on: lanes whose whole mask is there, blocks all of whose threads wait at a barrier.
  void release() {
    ready_.clear();
    for (Block& b : blocks_) {
      for (size_t w = 0; w < b.warps.size(); ++w) release_warp(b, w);
      unsigned at_barrier = 0;
      const Thread* first = nullptr;
      for (Thread* t : b.threads)
        if (!t->done && t->wait == Wait::block) {
          ++at_barrier;
          if (!first) first = t;
          if (t->place.line() != first->place.line())
            complain(*t,
                     "a block waits at two barriers at once, the other at line " + std::to_string(first->place.line()));
        }
      if (at_barrier > 0 && at_barrier == b.live) {
        ++counts.barriers;
        for (Thread* t : b.threads)
          if (!t->done) ready_.push_back(t);
      }
    }
    size_t at_grid = 0;
    for (const Thread& t : threads_) at_grid += !t.done && t.wait == Wait::grid;
    if (at_grid > 0 && at_grid == left_)
      for (Thread& t : threads_)
        if (!t.done) ready_.push_back(&t);
  }
  /// Each group of lanes that wait with one mask at the same count of operations, and is whole.
  void release_warp(Block& b, size_t w) {
    const size_t begin = w * 32, end = std::min(begin + 32, b.threads.size());
    unsigned seen = 0, live = 0;
    for (size_t k = begin; k < end; ++k) live |= unsigned(!b.threads[k]->done) << (k - begin);
    for (size_t i = begin; i < end; ++i) {
      const Thread* t = b.threads[i];
      if (t->done || t->wait != Wait::warp || seen >> (i - begin) & 1) continue;
      unsigned there = 0;
      for (size_t k = i; k < end; ++k) {
        const Thread* o = b.threads[k];
        if (!o->done && o->wait == Wait::warp && o->mask == t->mask && o->phase == t->phase) there |= 1u << (k - begin);
      }
      seen |= there;
      if (there != (t->mask & live)) continue;
      for (size_t k = i; k < end; ++k)
        if (there >> (k - begin) & 1) ready_.push_back(b.threads[k]);
    }
  }

  void complain(const Thread& t, const std::string& what) {
    if (error_) return;
    char text[400];
    std::snprintf(text, sizeof text, "%s:%u: thread %u of block %u: %s", t.place.file_name(), t.place.line(),
                  t.at.thread.x, t.at.block.x, what.c_str());
    error_ = std::make_exception_ptr(std::runtime_error(text));
  }

  void stuck() {
    for (const Thread& t : threads_)
      if (!t.done && t.wait != Wait::none)
        complain(t, t.wait == Wait::warp ? "waits for lanes of its mask that do not come"
                                         : "waits at a barrier that others do not reach");
  }

  /// Lets every waiting thread end, so that what it holds is freed, and throws.
  void fail() {
    failed_ = true;
    for (Thread& t : threads_)
      if (!t.done && t.fiber) resume(&t);
    std::rethrow_exception(error_);
  }

#ifdef SIM_ASAN
  void* scheduler_fake_ = nullptr;
  const void* scheduler_stack_ = nullptr;
  size_t scheduler_size_ = 0;
  void leave_to_fiber(Fiber* f) { __sanitizer_start_switch_fiber(&scheduler_fake_, f->stack, stack_bytes); }
  void arrive_on_scheduler() { __sanitizer_finish_switch_fiber(scheduler_fake_, nullptr, nullptr); }
  void leave_to_scheduler() {
    void* fake;
    __sanitizer_start_switch_fiber(&fake, scheduler_stack_, scheduler_size_);
  }
  void arrive_on_fiber() {
    const void* from;
    size_t size;
    __sanitizer_finish_switch_fiber(nullptr, &from, &size);
    scheduler_stack_ = from, scheduler_size_ = size;
  }
#else
  void leave_to_fiber(Fiber*) {}
  void arrive_on_scheduler() {}
  void leave_to_scheduler() {}
  void arrive_on_fiber() {}
#endif

  Config config_;
  const std::function<void()>* body_ = nullptr;
  std::vector<Block> blocks_;
  std::vector<Thread> threads_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
  std::vector<unsigned> fresh_, resumed_;
  size_t next_fresh_ = 0, left_ = 0;
  std::vector<Thread*> ready_;
  jmp_buf scheduler_;
  Fiber* current_ = nullptr;
  bool failed_ = false;
  std::exception_ptr error_;
};

Runner& runner() {
  static Runner one;
  return one;
}
bool running = false;

}  // namespace

void run(const Config& config, const std::function<void()>& body) {
  if (running) throw std::logic_error("sim: a kernel was launched inside a kernel");
  if (config.block.x * config.block.y * config.block.z > 1024)
    throw std::runtime_error("sim: a block has more than 1024 threads");
  if (config.shared > 227 << 10) throw std::runtime_error("sim: a block asks for more than 227 KiB of shared memory");
  running = true;
  struct Reset {
    ~Reset() { running = false; }
  } reset;
  runner().run(config, body);
}

void* shared() { return runner().shared(); }
void sync_block(Place place) { runner().wait(Wait::block, 0, place); }
void sync_grid(Place place) { runner().wait(Wait::grid, 0, place); }
unsigned lane() { return runner().now_->index % 32; }

const uint64_t* exchange(unsigned mask, uint64_t mine, Place place) {
  Thread* self = runner().now_;
  Warp& warp = runner().warp_of(*self);
  const int phase = self->phase;
  warp.values[phase][self->index % 32] = mine;
  runner().wait(Wait::warp, mask, place);
  self->phase = 1 - phase;
  return warp.values[phase];
}

}  // namespace nn::sim
