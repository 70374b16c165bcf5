// SPDX-License-Identifier: MIT
// Which kernel does a convolution: a pure function of the op, its shape, the instruction set and the library, looked up
// in a committed table (choices.def) that a benchmark wrote (bench/choices.cpp). Nothing is timed at run time. The
// table says what is fast; what a kernel cannot do at all its pattern says, and then the next of the ranking is tried.
// Convolutions of one cell, with strides, or of each channel by itself (kinds.h) are blocks without being looked up.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "backend/cpu/kernels/kernels.h"

namespace nn::cpu {

/// Ways to do a convolution, by the pattern that has it: conv_block.cpp, conv_lanes.cpp, conv_onednn.cpp,
/// conv_columns.cpp. The last does them all.
enum class ConvKernel { block, lanes, onednn, columns };
constexpr ConvKernel conv_kernels[] = {ConvKernel::block, ConvKernel::lanes, ConvKernel::onednn, ConvKernel::columns};
const char* name_of(ConvKernel kernel);

/// What a step may join to it: measured with relu; with relu and 2x2 pooling; with batch norm, relu and 2x2 pooling.
enum class Epilogue { relu, pool, norm };
/// Exact plans keep to direct convolutions; both: no kernel knows another way.
enum class Method { fast, exact, both };

/// A convolution as the table sees it. kernel and plane (of the input) are sides of squares of the same size, stride
/// the longer one.
struct ConvCase {
  Epilogue behind;
  Method method;  ///< fast or exact
  double kernel, stride, plane, in, out;
};

struct ConvChannels {
  int in, out;
};
/// The columns of the table. One or three channels were measured as a network's input, whose gradient nobody asks for.
constexpr ConvChannels measured_channels[] = {{1, 8},   {1, 32},  {3, 16},  {3, 64},  {6, 16},   {8, 8},    {16, 16},
                                              {16, 32}, {32, 32}, {32, 64}, {64, 64}, {64, 128}, {128, 128}};

/// One line of the table: for each column the ranking, a letter a kernel (its name's first), '.' where there is no
/// more.
struct ConvChoices {
  const char* isa;
  int library;  ///< major version of oneDNN that was measured, 0 for none
  Epilogue behind;
  Method method;
  int kernel, stride, plane;
  const char* rankings;
  std::string_view ranking(size_t column) const { return std::string_view(rankings).substr(5 * column, 4); }
};
std::span<const ConvChoices> conv_choices();

/// Best first; columns are always among them, oneDNN only with a library.
std::vector<ConvKernel> choose(const ConvCase& c, std::string_view isa, int library);

/// Major version of oneDNN where it may run beside these kernels, else 0.
int library_major(const Kernels& kernels);

}  // namespace nn::cpu
