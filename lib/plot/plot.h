// SPDX-License-Identifier: MIT
// Pictures of our files. To add one: a file lib/plot/NAME_picture.cpp that defines `extern const PictureType
// NAME_picture`, and a line PLUGIN(NAME) in pictures.def. Its options are a struct derived from PlotOptions that
// declares them; options of the drawing alone, which a table of its numbers does not show, are declared apart.
// nn-plot-data's first operand, options, help, man page and completion follow, and so does the generic test. A picture
// gives its numbers as a table, a gnuplot script that holds its data, and a text chart; it draws nothing itself.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/options.h"
#include "base/registry.h"
#include "base/text/table.h"
#include "h5/reading/reader.h"

namespace nn {

/// What every picture has; its own options are derived from it.
struct PlotOptions {
  std::string title;  ///< above the picture; empty: made from the file
  void declare_drawing(OptionSet&) {}
};

/// Options that several pictures have.
void declare_grid(OptionSet& set, std::string& grid);          ///< "2x5": rows x columns of small pictures
void declare_rows(OptionSet& set, std::string& rows);          ///< "0:10" of the split
void declare_shown_split(OptionSet& set, std::string& split);  ///< empty: test, else val, else train (samples: first)

/// How a picture is written.
enum class PictureForm { table, csv, json, script, text, svg, png, pdf };

class Picture {
 public:
  virtual ~Picture() = default;
  virtual TextTable table() const = 0;
  /// Commands and data for gnuplot 5, for a picture of that many pixels, without terminal and output.
  virtual std::string script(int wide, int high) const = 0;
  std::string script() const { return script(width, height); }
  /// For a terminal of that many columns.
  virtual std::string text(int width) const = 0;
  /// What of the numbers a drawing, or a chart in characters, cannot show: a warning each.
  virtual std::vector<std::string> remarks() const { return {}; }
  int width = 800, height = 450;            ///< pixels that suit the content
  int least_width = 80, least_height = 60;  ///< below them texts would be cut or lie over each other
};

/// Makes pictures of one kind: made, given its options, called.
class PictureMaker {
 public:
  virtual ~PictureMaker() = default;
  virtual void options(OptionSet& set) = 0;
  virtual void drawing_options(OptionSet& set) = 0;
  /// Error when the files do not hold what the picture shows.
  virtual std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const PlotOptions& common) = 0;
};

/// A maker that is one function. Options: derived from PlotOptions, with declare(OptionSet&) and, where it has options
/// of the drawing alone, declare_drawing(OptionSet&).
template <class Options, std::unique_ptr<Picture> (*function)(std::span<const h5::Reader>, const Options&)>
std::unique_ptr<PictureMaker> maker_with() {
  struct Maker : PictureMaker {
    Options own;
    void options(OptionSet& set) override { own.declare(set); }
    void drawing_options(OptionSet& set) override { own.declare_drawing(set); }
    std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const PlotOptions& common) override {
      static_cast<PlotOptions&>(own) = common;
      return function(inputs, own);
    }
  };
  return std::make_unique<Maker>();
}

struct PictureType {
  const char* name;
  const char* summary;
  const char* inputs;  ///< for the synopsis: "MODEL..."
  size_t least, most;  ///< number of inputs
  std::unique_ptr<PictureMaker> (*maker)();
};
Table<PictureType> picture_types();
/// Which command makes each of its inputs: " (METRICS: nn-eval -o NAME.h5)".
std::string explained_inputs(const PictureType& type);

/// The form as -T and the suffixes say. form: value of -T, empty: by the suffix; a name without one is TSV. UsageError
/// for a suffix that says nothing.
PictureForm picture_form(const std::string& form, const std::string& output, bool json = false);
/// Not a table of its numbers.
bool is_drawing(PictureForm form);
/// What to warn of when the suffix is that of another form; else empty.
std::string picture_suffix(const std::string& form, const std::string& output, bool json);
std::vector<std::string> picture_form_names();
/// The picture in that form; svg, png and pdf through gnuplot. size: "800x600" pixels; empty: by the content.
std::vector<std::byte> render(const Picture& picture, PictureForm form, const std::string& size);

/// Error unless the file is of that nn_kind; says what makes such a file.
void expect_kind(const h5::Reader& file, const std::string& kind);

/// "2x5" to rows and columns. UsageError when malformed.
std::pair<int64_t, int64_t> parse_grid(const char* option, const std::string& text);
/// UsageError when --grid has fewer places than --rows names samples; nothing without one of them.
void check_grid(const std::string& grid, const std::string& rows, size_t samples);

}  // namespace nn
