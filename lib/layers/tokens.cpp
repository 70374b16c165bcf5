// SPDX-License-Identifier: MIT
// tokens:N, the samples of a network of texts: ids of words, N at most; and embed:WIDTH, which makes rows of them.
#include "base/error.h"
#include "layers/initializer.h"
#include "layers/layer.h"

namespace nn {
namespace {

class Tokens final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("most", most_, "N", "tokens that a sample has at most")
        .by_place()
        .must()
        .called("pytorch", "(script)")
        .called("keras", "(script)");
  }
  void check() const override {
    if (most_ < 1) throw UsageError("most must be at least 1, found " + value_text(most_));
  }
  Rows rows() const override { return Rows::joined; }
  Ids ids() const override { return Ids::passed; }
  int64_t most_rows() const override { return most_; }
  Shape output_shape(const Shape& x) const override { return x; }
  ValueId lower(Lowering&, ValueId x) const override { return x; }

 private:
  int64_t most_ = 0;
};

class EmbedLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("width", width_, "D", "numbers that a word becomes")
        .by_place()
        .must()
        .called("pytorch", "embedding_dim")
        .called("keras", "output_dim");
    set.add("vocabulary", vocabulary_, "V", "words: ids are 0 to V-1")
        .must()
        .called("pytorch", "num_embeddings")
        .called("keras", "input_dim");
    set.add("positions", positions_, "P", "a learned row for each position in the sample too; 0: none")
        .called("pytorch", "(script)")
        .called("keras", "sequence_length");
    set.add("first", first_, "N", "position of the first token, 2 in MPNet and RoBERTa")
        .called("pytorch", "padding_idx")
        .called("keras", "(script)");
    set.add("types", types_, "N", "rows for types of tokens, of which all are of type 0 here, as in BERT; 0: none")
        .called("pytorch", "(script)")
        .called("keras", "(script)");
    if (!set.framework().empty()) framework_ = set.framework();
    set.add("init", init_, "NAME", "initializer of the rows, for example normal:std=0.02")
        .when_empty(usual_)
        .in("keras", "uniform")
        .named_rule("embed_init")
        .called("pytorch", "nn.init")
        .called("keras", "embeddings_initializer");
  }
  void check() const override {
    if (width_ < 1) throw UsageError("width must be at least 1, found " + value_text(width_));
    if (vocabulary_ < 1 || vocabulary_ > (int64_t{1} << 31))
      throw UsageError("vocabulary must be from 1 to 2147483648, found " + value_text(vocabulary_));
    if (positions_ < 0 || first_ < 0 || types_ < 0) throw UsageError("positions, first and types must not be negative");
    if (positions_ > 0 ? first_ >= positions_ : first_ > 0)
      throw UsageError("first must be below positions, found " + value_text(first_) + " of " + value_text(positions_));
    if (!init_.empty()) make_initializer(init_);
  }
  Rows rows() const override { return Rows::joined; }
  Ids ids() const override { return Ids::read; }
  int64_t most_rows() const override { return positions_ > 0 ? positions_ - first_ : 0; }
  Shape output_shape(const Shape& x) const override {
    if (x.rank() != 0) throw Error("expected one id a row, found " + x.text());
    Shape{vocabulary_, width_}.count();  // beyond int64: an Error here, not an overflow later
    Shape{positions_ + types_, width_}.count();
    return {width_};
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    std::vector<ParamId> params{table(to, "word_embeddings.weight", vocabulary_)};
    if (positions_ > 0) params.push_back(table(to, "position_embeddings.weight", positions_));
    if (types_ > 0) params.push_back(table(to, "token_type_embeddings.weight", types_));
    return to.op(Embed{vocabulary_, width_, positions_, first_, types_}, {x}, {width_}, std::move(params));
  }

 private:
  ParamId table(Lowering& to, const char* name, int64_t rows) const {
    Param p;
    p.name = name;
    p.shape = {rows, width_};
    p.init = init_.empty() ? usual_ : spelled_initializer(init_, framework_);
    p.default_init = usual_;
    p.fan_in = width_;
    p.fan_out = rows;
    return to.param(std::move(p));
  }
  int64_t width_ = 0, vocabulary_ = 0, positions_ = 0, first_ = 0, types_ = 0;
  std::string init_, framework_ = "pytorch", usual_ = "normal";
};

}  // namespace

extern const LayerType tokens_layer, embed_layer;
const LayerType tokens_layer{"tokens",
                             "samples that are texts: ids of words, any number a sample",
                             [] { return std::unique_ptr<Layer>(new Tokens); },
                             {{"tokens:8", Shape{}, {}, true, 9}},
                             {"(script)", "(script)", "", "token_ids input_ids"}};
const LayerType embed_layer{"embed",
                            "a row of learned numbers for each id, and for its position",
                            [] { return std::unique_ptr<Layer>(new EmbedLayer); },
                            {{"embed:4,vocabulary=9", Shape{}, {}, true, 9},
                             {"embed:3,vocabulary=7,positions=8,first=2,types=2", Shape{}, {}, true, 7},
                             {"embed:5,vocabulary=6,types=1,init=normal:std=0.02", Shape{}, {}, true, 6}},
                            {"Embedding", "Embedding", "", "embedding word_embeddings"}};

}  // namespace nn
