// SPDX-License-Identifier: MIT
// The few things that a plan asks of a GPU: memory, copies, launches, a recorded list of launches that is run again and
// again. device_cuda.cpp does them with the CUDA runtime, sim/device_sim.cpp on the processor. There is one stream:
// everything on it happens in order and later than the call. The simulated device waits as long as it may, so that what
// is read too early, or overwritten too early, shows.
//
// Error, one line: no device, out of memory, a failed kernel. After a failed kernel the device is of no more use.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/cuda/libraries/routine.h"

namespace nn::cuda {

struct Extent {
  unsigned x = 1, y = 1, z = 1;
};
struct Launch {
  Extent grid, block;
  size_t shared = 0;         ///< bytes of a block
  bool cooperative = false;  ///< all blocks at once, so that they may wait for each other
};

struct DeviceFacts {
  std::string name;                    ///< "NVIDIA H200, 132 multiprocessors"
  std::string architecture;            ///< "sm_90"
  std::vector<std::string> libraries;  ///< "CUDA 13.0", "driver 580.159"
  bool in_host_memory = false;         ///< what it allocates is the host's: it is simulated
  double gflops = 0, gbytes = 0;       ///< float32 multiply-adds and memory, by its clocks; 0 where not known
};

class Device {
 public:
  virtual ~Device() = default;
  virtual const DeviceFacts& facts() const = 0;

  virtual void* allocate(size_t bytes) = 0;  ///< 256-byte aligned; full of NaN in simulation
  virtual void release(void* p) noexcept = 0;
  virtual void* allocate_pinned(size_t bytes) = 0;  ///< of the host: upload() from it reads when its turn comes
  virtual void release_pinned(void* p) noexcept = 0;
  virtual size_t free_bytes() = 0;

  virtual void upload(void* to, const void* from, size_t bytes, bool pinned = false) = 0;
  virtual void download(void* to, const void* from, size_t bytes) = 0;  ///< there when synchronize() returns
  virtual void fill_zero(void* p, size_t bytes) = 0;
  virtual void synchronize() = 0;

  /// Launches, copies and fills between the two are recorded, not run. Allocating or synchronizing there is an error.
  virtual void begin_record() = 0;
  virtual int end_record() = 0;  ///< number of the recording
  virtual void forget(int recording) noexcept = 0;
  virtual size_t launches_in(int recording) const = 0;
  virtual void replay(int recording) = 0;

  /// kernel: as <<<>>> would name it; arguments: pointers to them. Called by launch() of launch.h.
  virtual void launch(const void* kernel, const Launch& how, void** arguments, std::function<void()> simulated) = 0;
  /// Who launches from now on, for messages.
  void set_step(std::string name) { step_ = std::move(name); }

  /// By a library; null where there is none, or it has nothing for this one.
  virtual std::unique_ptr<Routine> gemm(const GemmRequest& request) { return (void)request, nullptr; }
  virtual std::unique_ptr<Routine> conv(const ConvRequest& request) { return (void)request, nullptr; }
  /// "cuDNN 9.19.0", of those that have been opened.
  virtual std::vector<std::string> opened_libraries() const { return {}; }

  /// A mark in the stream, for seconds(), which waits for the second one.
  virtual int mark() = 0;
  virtual double seconds(int from, int to) = 0;
  virtual void forget_marks() = 0;

 protected:
  const std::string& step() const { return step_; }

 private:
  std::string step_;
};

/// How many there are; 0: why says what is missing, and what to do.
int device_count(std::string& why);
std::unique_ptr<Device> open_device(int number);

/// Error: "out of memory: 3.1 GB wanted, 1.2 GB free; a smaller --batch needs less".
[[noreturn]] void out_of_memory(size_t wanted, size_t free);

/// An array on the device.
template <class T>
class Array {
 public:
  Array() = default;
  Array(Device& d, size_t n)
      : device_(&d), n_(n), p_(static_cast<T*>(d.allocate(std::max<size_t>(n, 1) * sizeof(T)))) {}
  Array(Device& d, std::span<const T> from) : Array(d, from.size()) { set(from); }
  Array(Array&& o) noexcept : device_(o.device_), n_(o.n_), p_(std::exchange(o.p_, nullptr)) {}
  Array& operator=(Array&& o) noexcept {
    std::swap(device_, o.device_);
    std::swap(n_, o.n_);
    std::swap(p_, o.p_);
    return *this;
  }
  ~Array() {
    if (p_) device_->release(p_);
  }
  T* get() const { return p_; }
  size_t size() const { return n_; }
  size_t bytes() const { return n_ * sizeof(T); }
  void set(std::span<const T> from) const { device_->upload(p_, from.data(), from.size_bytes()); }
  void zero() const { device_->fill_zero(p_, bytes()); }
  /// Waits.
  void read(std::span<T> to) const {
    device_->download(to.data(), p_, to.size_bytes());
    device_->synchronize();
  }

 private:
  Device* device_ = nullptr;
  size_t n_ = 0;
  T* p_ = nullptr;
};

/// An array of the host from which and to which copies are quick.
template <class T>
class Pinned {
 public:
  Pinned() = default;
  Pinned(Device& d, size_t n)
      : device_(&d), n_(n), p_(static_cast<T*>(d.allocate_pinned(std::max<size_t>(n, 1) * sizeof(T)))) {
    std::fill_n(p_, n, T{});
  }
  Pinned(Pinned&& o) noexcept : device_(o.device_), n_(std::exchange(o.n_, 0)), p_(std::exchange(o.p_, nullptr)) {}
  Pinned& operator=(Pinned&& o) noexcept {
    std::swap(device_, o.device_);
    std::swap(n_, o.n_);
    std::swap(p_, o.p_);
    return *this;
  }
  ~Pinned() {
    if (p_) device_->release_pinned(p_);
  }
  std::span<T> span() const { return {p_, n_}; }
  /// All of it to the device, read when its turn comes: it may be filled again after synchronize().
  void upload(const Array<T>& to) const { device_->upload(to.get(), p_, n_ * sizeof(T), true); }

 private:
  Device* device_ = nullptr;
  size_t n_ = 0;
  T* p_ = nullptr;
};

/// Launches that are run as one.
class Recording {
 public:
  Recording() = default;
  template <class Work>
  Recording(Device& d, Work&& launches) : device_(&d) {
    d.begin_record();
    launches();
    number_ = d.end_record();
  }
  Recording(Recording&& o) noexcept : device_(o.device_), number_(std::exchange(o.number_, -1)) {}
  Recording& operator=(Recording&& o) noexcept {
    std::swap(device_, o.device_);
    std::swap(number_, o.number_);
    return *this;
  }
  ~Recording() {
    if (number_ >= 0) device_->forget(number_);
  }
  explicit operator bool() const { return number_ >= 0; }
  void replay() const { device_->replay(number_); }
  size_t launches() const { return device_->launches_in(number_); }

 private:
  Device* device_ = nullptr;
  int number_ = -1;
};

}  // namespace nn::cuda
