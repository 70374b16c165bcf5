// SPDX-License-Identifier: MIT
// NVIDIA's libraries without a GPU: products by our calls to cuBLASLt, answered by a stand-in (stand_in_cublaslt.cpp);
// plans of the real cuDNN for the properties of a device that is not there.
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "backend/cuda/libraries/cublaslt.h"
#ifdef NN_HAVE_CUDNN
#include "backend/cuda/libraries/cudnn.h"
#endif
#include "catch.h"

using namespace nn::cuda;

namespace {

std::vector<float> numbers(std::mt19937& random, int64_t n) {
  std::vector<float> v(static_cast<size_t>(n));
  for (float& x : v) x = static_cast<float>(random() % 256) / 128 - 1;
  return v;
}

#ifdef NN_HAVE_CUDNN
/// In the form in which cuDNN writes them (CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION); values of the data sheet.
const char* const h200 =
    R"({"deviceName":"NVIDIA H200","deviceVer":900,"cudaDeviceId":0,"driverVer":13000,"multiProcessorCount":132,)"
    R"("totalGlobalMem":150121545728,"maxSharedMemoryPerBlockOptin":232448,"maxSharedMemoryPerBlock":49152,)"
    R"("reservedSharedMemoryPerBlock":1024,"warpSize":32,"l2CacheSize":62914560,"regsPerBlock":65536,)"
    R"("maxRegistersPerSM":65536,"maxThreadsPerBlock":1024,"maxThreadsPerSM":2048,"maxCtasPerSM":32,)"
    R"("maxGridSize":[2147483647,65535,65535],"maxBlockSize":[1024,1024,64],"smClockRateKHz":1980000,)"
    R"("memClockRateKHz":3201000,"isTccDriver":0,"supportCoopLaunch":1,"pciDeviceId":0})";

struct Case {
  const char* name;
  std::array<int64_t, 18> sizes;  ///< as in ConvRequest, from n on
};
constexpr Case cases[] = {
    {"3x3", {64, 32, 14, 14, 64, 14, 14, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0}},
    {"3x3 of more channels", {64, 64, 7, 7, 128, 7, 7, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0}},
    {"1x1", {32, 256, 14, 14, 64, 14, 14, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0}},
    {"3x3, stride 2", {32, 64, 28, 28, 128, 14, 14, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 0}},
    {"5x5 without padding, an odd batch", {13, 16, 12, 12, 24, 8, 8, 5, 5, 1, 1, 0, 0, 0, 0, 1, 1, 0}},
    {"3x3, dilation 2", {8, 32, 16, 16, 32, 16, 16, 3, 3, 1, 1, 2, 2, 2, 2, 2, 2, 0}},
};
ConvRequest request_of(const Case& c, Pass pass, Math math) {
  const auto& s = c.sizes;
  return {pass, s[0],  s[1],  s[2],  s[3],  s[4],  s[5],  s[6],  s[7], s[8],
          s[9], s[10], s[11], s[12], s[13], s[14], s[15], s[16], math, false};
}
#endif

}  // namespace

TEST_CASE("products by cuBLASLt's functions are those of a dense layer", "[cublaslt]") {
  std::mt19937 random(3);
  for (const auto& [rows, in, out] : {std::array<int64_t, 3>{5, 7, 3}, {1, 4, 9}, {16, 33, 8}})
    for (const Pass pass : {Pass::forward, Pass::input_gradient, Pass::weight_gradient})
      for (const bool add : {false, true}) {
        INFO(rows << " rows, " << in << " -> " << out << ", pass " << static_cast<int>(pass) << ", add " << add);
        const bool forward = pass == Pass::forward;
        const auto x = numbers(random, rows * in), w = numbers(random, out * in), dy = numbers(random, rows * out),
                   bias = numbers(random, out);
        std::vector<float> found = numbers(random, forward                        ? rows * out
                                                   : pass == Pass::input_gradient ? rows * in
                                                                                  : out * in);
        std::vector<double> expected(found.begin(), found.end());
        if (!add) expected.assign(expected.size(), 0);
        for (int64_t s = 0; s < rows; ++s)
          for (int64_t i = 0; i < in; ++i)
            for (int64_t o = 0; o < out; ++o) {
              const auto xi = static_cast<size_t>(s * in + i), wi = static_cast<size_t>(o * in + i),
                         yi = static_cast<size_t>(s * out + o);
              if (forward)
                expected[yi] += x[xi] * w[wi] + (i == 0 ? bias[static_cast<size_t>(o)] : 0);
              else if (pass == Pass::input_gradient)
                expected[xi] += dy[yi] * w[wi];
              else
                expected[wi] += dy[yi] * x[xi];
            }
        const auto gemm = cublaslt_gemm({pass, rows, in, out, Math::float32, forward}, nullptr);
        REQUIRE(gemm);
        CHECK(gemm->workspace() > 0);
        std::vector<char> workspace(gemm->workspace());
        gemm->launch(pass == Pass::input_gradient ? dy.data() : x.data(),
                     pass == Pass::weight_gradient ? dy.data() : w.data(), found.data(), bias.data(), add,
                     workspace.data());
        for (size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).margin(1e-4));
      }
  CHECK(cublaslt_version() == "cuBLASLt 13.1.0");
}

#ifdef NN_HAVE_CUDNN
TEST_CASE("cuDNN has engines for an H200 that give the same bits in every run", "[cudnn]") {
  if (!cudnn_plans_without_device()) NN_SKIP("no cuDNN 9.8 or later here");
  for (const Case& c : cases)
    for (const Pass pass : {Pass::forward, Pass::input_gradient, Pass::weight_gradient})
      for (const Math math : {Math::float32, Math::tf32}) {
        INFO(c.name << ", pass " << static_cast<int>(pass) << ", tf32 " << (math == Math::tf32));
        const auto choices = cudnn_choices(request_of(c, pass, math), h200);
        CHECK(!choices.empty());
        for (const CudnnChoice& choice : choices) {
          CHECK(choice.engine >= 0);
          CHECK(choice.workspace >= 0);
          if (math == Math::float32) CHECK_FALSE(choice.tensor_cores);
        }
      }
}
#endif
