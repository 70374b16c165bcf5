// SPDX-License-Identifier: MIT
// The simulated device: memory of malloc, kernels by sim.h. Everything waits until synchronize(). SIM_MEMORY: bytes
// that it has, for tests; without it, as much as the host gives.
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "backend/cuda/device.h"
#include "backend/cuda/sim/sim.h"
#include "backend/cuda/sim/stand_ins.h"
#include "base/error.h"

namespace nn::cuda {
namespace {

using Clock = std::chrono::steady_clock;

class SimDevice final : public Device {
 public:
  SimDevice() {
    facts_ = {"simulated", "sim", {"CUDA simulated"}, true, 0, 0};
    if (const char* limit = std::getenv("SIM_MEMORY")) memory_ = static_cast<size_t>(std::atoll(limit));
  }
  ~SimDevice() override {
    for (const auto& [p, n] : sizes_) std::free(p);
  }
  const DeviceFacts& facts() const override { return facts_; }

  void* allocate(size_t bytes) override {
    if (recording_) throw std::logic_error("simulated device: memory is allocated while launches are recorded");
    if (bytes > free_bytes()) out_of_memory(bytes, free_bytes());
    void* p = std::malloc(bytes ? bytes : 1);  // of exactly that size, for AddressSanitizer
    if (!p) out_of_memory(bytes, 0);
    std::memset(p, 0xFF, bytes);
    sizes_[p] = bytes;
    used_ += bytes;
    return p;
  }
  void release(void* p) noexcept override {
    try {
      run_pending();
    } catch (...) {  // told by the next synchronize() already, or by none
    }
    used_ -= sizes_[p];
    sizes_.erase(p);
    std::free(p);
  }
  void* allocate_pinned(size_t bytes) override { return allocate(bytes); }
  void release_pinned(void* p) noexcept override { release(p); }
  size_t free_bytes() override { return memory_ - used_; }

  void upload(void* to, const void* from, size_t bytes, bool pinned) override {
    if (bytes == 0) return;
    if (pinned) return add([=] { std::memcpy(to, from, bytes); });
    std::vector<char> copy(static_cast<const char*>(from), static_cast<const char*>(from) + bytes);
    add([to, copy = std::move(copy)] { std::memcpy(to, copy.data(), copy.size()); });
  }
  void download(void* to, const void* from, size_t bytes) override {
    if (bytes == 0) return;
    std::memset(to, 0xFF, bytes);  // until it is there
    add([=] { std::memcpy(to, from, bytes); });
  }
  void fill_zero(void* p, size_t bytes) override {
    add([=] { std::memset(p, 0, bytes); });
  }
  void synchronize() override {
    if (recording_) throw std::logic_error("simulated device: it is waited for while launches are recorded");
    run_pending();
  }

  void begin_record() override { recording_ = true, recorded_.emplace_back(); }
  int end_record() override {
    recording_ = false;
    return static_cast<int>(recorded_.size()) - 1;
  }
  void forget(int recording) noexcept override { recorded_[static_cast<size_t>(recording)] = {}; }
  size_t launches_in(int recording) const override { return recorded_.at(static_cast<size_t>(recording)).size(); }
  void replay(int recording) override {
    for (const Work& work : recorded_.at(static_cast<size_t>(recording))) pending_.push_back(work);
  }

  void launch(const void*, const Launch& how, void**, std::function<void()> body) override {
    const auto as_dim = [](const Extent& e) { return dim3{e.x, e.y, e.z}; };
    add([config = sim::Config{as_dim(how.grid), as_dim(how.block), how.shared, how.cooperative}, body = std::move(body),
         who = step()] {
      try {
        sim::run(config, body);
      } catch (const std::exception& e) {
        throw Error("device cuda: the kernel of '" + who + "' failed: " + e.what());
      }
    });
  }

  std::unique_ptr<Routine> gemm(const GemmRequest& request) override {
    return stand_in(request, [this](Work work) { add(std::move(work)); });
  }
  std::unique_ptr<Routine> conv(const ConvRequest& request) override {
    return stand_in(request, [this](Work work) { add(std::move(work)); });
  }

  int mark() override {
    const size_t number = marks_.size();
    marks_.emplace_back();
    add([this, number] { marks_[number] = Clock::now(); });
    return static_cast<int>(number);
  }
  double seconds(int from, int to) override {
    run_pending();
    return std::chrono::duration<double>(marks_[static_cast<size_t>(to)] - marks_[static_cast<size_t>(from)]).count();
  }
  void forget_marks() override { marks_.clear(); }

 private:
  using Work = std::function<void()>;
  void add(Work work) { (recording_ ? recorded_.back() : pending_).push_back(std::move(work)); }
  void run_pending() {
    std::vector<Work> now;
    now.swap(pending_);
    for (const Work& work : now) work();
  }

  DeviceFacts facts_;
  size_t memory_ = SIZE_MAX / 2, used_ = 0;
  std::unordered_map<void*, size_t> sizes_;
  std::vector<Work> pending_;
  std::vector<std::vector<Work>> recorded_;
  std::vector<Clock::time_point> marks_;
  bool recording_ = false;
};

}  // namespace

int device_count(std::string&) { return 1; }
std::unique_ptr<Device> open_device(int) { return std::make_unique<SimDevice>(); }

}  // namespace nn::cuda
