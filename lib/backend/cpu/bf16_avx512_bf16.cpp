// SPDX-License-Identifier: MIT
// Compiled with the options that cmake/rooms.cmake gives for this instruction set.
#define NN_ISA avx512_bf16
#include "backend/cpu/isa/bf16_table.h"
