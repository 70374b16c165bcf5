// SPDX-License-Identifier: MIT
// What the simulation of CUDA does and finds: launches, barriers, shuffles, shared memory, recordings; mistakes by
// name.
#include "backend/cuda/sim/sim.h"

#include "backend/cuda/launch.h"
#include "backend/cuda/simulated.h"
#include "base/error.h"
#include "catch.h"

using namespace nn;
using namespace nn::cuda;

namespace {

NN_KERNEL reverse_block(const float* x, float* y) {
  NN_SHARED(float, all);
  all[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = all[blockDim.x - 1 - threadIdx.x];
}
NN_KERNEL sum_of_lanes(const float* x, float* y) {
  const float sum = sum_of_warp(x[threadIdx.x]);
  if (threadIdx.x == 0) *y = sum;
}
NN_KERNEL without_a_barrier(float* y) {
  NN_SHARED(float, all);
  if (threadIdx.x == 0) all[0] = 1;
  y[threadIdx.x] = all[0];
}
NN_KERNEL apart(float* y) {
  if (threadIdx.x < 16)
    __syncthreads();
  else
    y[0] = sum_of_warp(1.0f);
}
NN_KERNEL two_barriers(float* y) {
  if (threadIdx.x < 16)
    __syncthreads();
  else
    __syncthreads();
  y[0] = 1;
}
NN_KERNEL beyond_its_memory(float* y) {
  NN_SHARED(float, all);
  all[blockDim.x] = 3;
  y[0] = all[0];
}
NN_KERNEL add_one(float* y) { *y += 1; }
NN_KERNEL wait_for_all(float* parts, float* y) {
  if (threadIdx.x == 0) parts[blockIdx.x] = 1;
  sync_grid();
  if (threadIdx.x != 0) return;
  float sum = 0;
  for (unsigned i = 0; i < gridDim.x; ++i) sum += parts[i];
  y[blockIdx.x] = sum;
}

std::vector<float> read(const Array<float>& a) {
  std::vector<float> to(a.size());
  a.read(to);
  return to;
}

}  // namespace

TEST_CASE("simulated kernels see shared memory, barriers and the other lanes, in every order") {
  for (const char* order : {"forward", "reverse", "3"}) {
    INFO(order);
    const nn::test::ThreadOrder setting(order);
    const auto device = open_device(0);
    std::vector<float> x(64);
    for (size_t i = 0; i < 64; ++i) x[i] = static_cast<float>(i);
    const Array<float> from(*device, std::span<const float>(x)), to(*device, 64), sum(*device, 1), parts(*device, 3),
        sums(*device, 3);
    launch(*device, &reverse_block, Launch{{1}, {64}, 64 * sizeof(float)}, from.get(), to.get());
    launch(*device, &sum_of_lanes, Launch{{1}, {32}}, from.get(), sum.get());
    launch(*device, &wait_for_all, Launch{{3}, {32}, 0, true}, parts.get(), sums.get());
    CHECK(read(to)[0] == 63);
    CHECK(read(to)[63] == 0);
    CHECK(read(sum)[0] == 496);
    CHECK(read(sums) == std::vector<float>{3, 3, 3});
  }
}

TEST_CASE("the simulation finds what a GPU may forgive, and names kernel and place") {
  const auto run = [](void (*kernel)(float*), size_t shared) {
    const auto device = open_device(0);
    const Array<float> y(*device, 32);
    device->set_step("dense1");
    launch(*device, kernel, Launch{{1}, {32}, shared}, y.get());
    device->synchronize();
  };
  CHECK_THROWS_WITH(run(&apart, 0), Contains("the kernel of 'dense1' failed") && Contains("sim_test.cpp:") &&
                                        Contains("waits at a barrier that others do not reach"));
  CHECK_THROWS_WITH(run(&two_barriers, 0), Contains("a block waits at two barriers at once"));
  CHECK_THROWS_WITH(run(&beyond_its_memory, 128), Contains("wrote beyond its 128 bytes of shared memory"));
  CHECK_THROWS_WITH(run(&apart, 300 << 10), Contains("more than 227 KiB of shared memory"));

  // A missing barrier shows as numbers that depend on the order, or are none.
  const auto device = open_device(0);
  const Array<float> y(*device, 32);
  const nn::test::ThreadOrder setting("reverse");
  launch(*device, &without_a_barrier, Launch{{1}, {32}, sizeof(float)}, y.get());
  CHECK(read(y)[31] != read(y)[0]);
}

TEST_CASE("the simulated device is as late as it may be") {
  const auto device = open_device(0);
  const Pinned<float> pinned(*device, 1);
  const Array<float> y(*device, 1);
  std::vector<float> pageable{1};
  device->upload(y.get(), pageable.data(), sizeof(float));
  pageable[0] = 2;
  CHECK(read(y)[0] == 1);
  pinned.span()[0] = 3;
  pinned.upload(y);
  pinned.span()[0] = 4;  // too early
  CHECK(read(y)[0] == 4);
  float early = 0;
  device->download(&early, y.get(), sizeof early);
  CHECK(early != early);
  device->synchronize();
  CHECK(early == 4);
}

TEST_CASE("recordings run again and again, and nothing is allocated or waited for in one") {
  const auto device = open_device(0);
  const Array<float> y(*device, 1);
  y.zero();
  const Recording twice(*device, [&] {
    launch(*device, &add_one, Launch{{1}, {1}}, y.get());
    launch(*device, &add_one, Launch{{1}, {1}}, y.get());
  });
  CHECK(twice.launches() == 2);
  CHECK(read(y)[0] == 0);
  for (int i = 0; i < 3; ++i) twice.replay();
  CHECK(read(y)[0] == 6);
  const auto other = open_device(0);
  other->begin_record();
  CHECK_THROWS_AS(other->allocate(4), std::logic_error);
  CHECK_THROWS_AS(other->synchronize(), std::logic_error);
}
