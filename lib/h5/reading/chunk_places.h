// SPDX-License-Identifier: MIT
// Where the chunks of a dataset lie. HDF5 walks over all of them to look one up, which it does not for the size of one;
// but a writer puts them one behind the other, with few gaps: between two whose distance is what lies between them,
// none is looked up. A place that is wrong all the same shows by its chunk's sum, and a deep walk compares the bytes
// that the library reads there. Runs in the child (walk.h).
#pragma once

#include <hdf5.h>

#include <vector>

#include "h5/reading/contents.h"

namespace nn::h5 {

class ChunkPlaces {
 public:
  ChunkPlaces(hid_t dataset, Shape grid, Shape chunk);
  /// Row by row of the grid; none when one of them is not stored.
  std::vector<StoredChunk> find();
  /// Where chunk i begins in the dataset, for calls of the library.
  const hsize_t* at(size_t i);

 private:
  bool look_up(size_t i);
  bool fill(size_t first, size_t last);

  hid_t dataset_;
  Shape grid_, chunk_;
  std::vector<hsize_t> offset_;
  std::vector<StoredChunk> places_;
  std::vector<uint64_t> before_;  // bytes of the chunks in front of each
};

}  // namespace nn::h5
