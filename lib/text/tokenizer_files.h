// SPDX-License-Identifier: MIT
// Tokenizers as their makers ship them: tokenizer.json of Hugging Face's tokenizers, vocab.txt of BERT.
#pragma once

#include <string>
#include <string_view>

#include "text/tokenizer.h"

namespace nn {

/// Of tokenizer.json: WordPiece with BertNormalizer, BertPreTokenizer and one token at each end (TemplateProcessing,
/// BertProcessing, RobertaProcessing). Its truncation and padding are left-overs and are not read. Error, with the path
/// inside the file, what was expected and found, for all else.
TokenizerSettings read_tokenizer_json(std::string_view text);

/// Of vocab.txt: a piece on each line, its id is the number of the line from 0. BERT's tokens ([CLS], [SEP], [UNK],
/// [PAD], [MASK]) or MPNet's (<s>, </s>, [UNK], <pad>, <mask>), by which of them are there. The file does not say
/// whether letters are made small.
TokenizerSettings read_vocabulary(std::string_view text, bool lowercase);

/// Of a file that a user names: tokenizer.json, vocab.txt (letters are made small, unless tokenizer_config.json beside
/// it says `do_lower_case: false`), or a folder that holds one of them, the first by preference. Error naming the file.
TokenizerSettings read_tokenizer(const std::string& path);

}  // namespace nn
