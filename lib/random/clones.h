// SPDX-License-Identifier: MIT
// A function compiled once per instruction set, the one for this processor chosen when the program is loaded. For loops
// on whole numbers: their results are the same everywhere.
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define NN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NN_CLONES
#endif
