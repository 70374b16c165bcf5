// SPDX-License-Identifier: MIT
// The table of contents that the reading child hands over, as a child that an HDF5 file has taken over might write it.
// The first eight bytes are the size of that file; what is accepted lies within it.
#include "h5/reading/contents.h"

#include <cstring>

#include "entry.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  uint64_t file_size = 0;
  if (size < sizeof file_size) return 0;
  std::memcpy(&file_size, data, sizeof file_size);
  fuzz::refusals_are_fine([&] {
    const h5::Contents contents =
        h5::parse_contents(fuzz::bytes_of(data + sizeof file_size, size - sizeof file_size), file_size);
    const auto inside = [&](const h5::StoredChunk& c) { return c.place <= file_size && c.size <= file_size - c.place; };
    for (size_t i = 0; i < contents.size(); ++i) {
      const h5::Object& object = contents[i];
      fuzz::expect(contents.find(contents.path(i)) == &object, "an object is found by its path");
      for (const size_t child : object.children) fuzz::expect(child < contents.size(), "children are objects");
      for (const h5::StoredChunk& chunk : object.chunks) fuzz::expect(inside(chunk), "chunks lie in the file");
      if (object.run) fuzz::expect(inside(*object.run), "values lie in the file");
      for (const h5::Attribute& a : object.attributes)
        if (a.element == h5::Element::number)
          fuzz::expect(a.value.size() == h5::bytes_of(a.shape, a.type), "as many values as the shape says");
      if (object.kind == h5::ObjectKind::dataset && object.layout == h5::Layout::chunked && !object.chunks.empty())
        fuzz::expect(static_cast<int64_t>(object.chunks.size()) == h5::chunk_grid(object.shape, object.chunk).count(),
                     "a chunk each place of the grid");
    }
  });
  return 0;
}
