// SPDX-License-Identifier: MIT
// Templates of the standard library that nearly every file uses: declared here, in the precompiled header, and compiled
// once in instances.cpp. In C++20 libstdc++ leaves even std::string to each file. Only the time of a build depends on
// it.
#pragma once

#include <string>
#include <vector>

#define NN_INSTANCES(word)                                                   \
  word template class std::basic_string<char>;                               \
  word template class std::vector<std::string>;                              \
  word template std::string std::operator+(const char*, const std::string&); \
  word template std::string std::operator+(const std::string&, const char*); \
  word template std::string std::operator+(const std::string&, const std::string&);
NN_INSTANCES(extern)
