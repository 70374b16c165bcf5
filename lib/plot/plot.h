// SPDX-License-Identifier: MIT
// Pictures of our files. To add one: a file lib/plot/NAME_picture.cpp that defines `extern const PictureType
// NAME_picture`, and a line PICTURE(NAME) in pictures.def. nn-plot-data's first operand, help, man page and completion
// follow, and so does the generic test. A picture gives its numbers as a table, a gnuplot script that holds its data,
// and a text chart; it draws nothing itself.
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

/// nn-plot-data's options write straight into it.
struct PlotOptions {
  std::string columns;             ///< -y, of /history: "loss,val_loss"; empty: loss and accuracy
  std::string abscissa = "epoch";  ///< -x, of the history: epoch, or step for the finer one of /steps
  std::string grid;                ///< "2x5": rows x columns of small pictures
  std::string titles = "class";    ///< under samples: class, label, row, none
  std::string rows;                ///< "0:10" of the split
  std::string split;               ///< empty: test, else val, else train (samples: the first)
  std::string layer;               ///< filters of this layer; empty: the first convolution
  std::string title;               ///< above the picture; empty: made from the file
  std::string size;                ///< "800x600" pixels; empty: by the content
  bool wrong = false;              ///< predictions: only the wrong ones
  void declare(OptionSet& set);
};

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

struct PictureType {
  const char* name;
  const char* summary;
  const char* inputs;  ///< for the synopsis: "MODEL..."
  size_t least, most;  ///< number of inputs
  /// Names of the options it has, joined by blanks; title and size belong to all.
  const char* options;
  /// Error when the files do not hold what the picture shows.
  std::unique_ptr<Picture> (*make)(std::span<const h5::Reader> inputs, const PlotOptions& options);
};
Table<PictureType> picture_types();
/// Which command makes each of its inputs: " (METRICS: nn-eval -o NAME.h5)".
std::string explained_inputs(const PictureType& type);
/// UsageError for an option of PlotOptions that is given and that this picture, or this form of it, does not have.
void check_plot_options(const PictureType& type, const OptionSet& set, PictureForm form);

/// The form as -T and the suffixes say. form: value of -T, empty: by the suffix; a name without one is TSV. UsageError
/// for a suffix that says nothing.
PictureForm picture_form(const std::string& form, const std::string& output, bool json = false);
/// Not a table of its numbers.
bool is_drawing(PictureForm form);
/// What to warn of when the suffix is that of another form; else empty.
std::string picture_suffix(const std::string& form, const std::string& output, bool json);
std::vector<std::string> picture_form_names();
/// The picture in that form; svg, png and pdf through gnuplot. size: PlotOptions::size.
std::vector<std::byte> render(const Picture& picture, PictureForm form, const std::string& size);

/// Error unless the file is of that nn_kind; says what makes such a file.
void expect_kind(const h5::Reader& file, const std::string& kind);

/// "2x5" to rows and columns. UsageError when malformed.
std::pair<int64_t, int64_t> parse_grid(const char* option, const std::string& text);
/// UsageError when --grid has fewer places than --rows names samples; nothing without one of them.
void check_grid(const PlotOptions& options, size_t samples);

}  // namespace nn
