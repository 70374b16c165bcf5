// SPDX-License-Identifier: MIT
#include "formats/models/c/c_main.h"

namespace nn {
namespace {

constexpr const char* read_bytes =
    R"(/* Returns 1 for a sample, 0 at the end of the input, -1 where it ends inside one. */
static int read_sample(uint8_t *sample, long number)
{
  const size_t n = fread(sample, 1, @_INPUTS, stdin);
  if (n == @_INPUTS) return 1;
  if (n == 0 && !ferror(stdin)) return 0;
  fprintf(stderr, "%s: sample %ld: expected %d bytes, found %lu\n", "$", number, @_INPUTS, (unsigned long)n);
  return -1;
}
)";

constexpr const char* read_numbers =
    R"(/* Returns 1 for a sample, 0 at the end of the input, -1 where it holds something else. */
static int read_sample(float *sample, long number)
{
  int i, found;
  for (i = 0; i < @_INPUTS; ++i) {
    found = scanf("%f", &sample[i]);
    if (found == 1) continue;
    if (found == EOF && i == 0 && !ferror(stdin)) return 0;
    if (found == EOF)
      fprintf(stderr, "%s: sample %ld: expected %d numbers, found %d\n", "$", number, @_INPUTS, i);
    else
      fprintf(stderr, "%s: sample %ld: value %d is not a number\n", "$", number, i);
    return -1;
  }
  return 1;
}
)";

constexpr const char* print_name = R"(
/* A name as a cell of a table: no tabs and ends of lines. */
static void print_cell(const char *name)
{
  for (; *name; ++name) putchar((unsigned char)*name < 32 ? '?' : *name);
}
)";

constexpr const char* main_of_classes = R"(
int main(void)
{
  static ELEMENT sample[@_INPUTS];
  static float results[@_OUTPUTS];
  long number;
  int i, found;
  printf("sample\tpredicted\tpredicted_name");
  for (i = 0; i < @_OUTPUTS; ++i) {
    printf("\tRESULT[");
    print_cell($_class_name(i));
    printf("]");
  }
  printf("\n");
  for (number = 0; (found = read_sample(sample, number)) > 0; ++number) {
    const int predicted = $_predict(sample, results);
    printf("%ld\t%d\t", number, predicted);
    print_cell($_class_name(predicted));
    for (i = 0; i < @_OUTPUTS; ++i) printf("\t%.9g", (double)results[i]);
    printf("\n");
  }
  return found < 0 || fflush(stdout) != 0 || ferror(stdout);
}
)";

constexpr const char* main_of_numbers = R"(
int main(void)
{
  static ELEMENT sample[@_INPUTS];
  static float results[@_OUTPUTS];
  long number;
  int i, found;
  printf("sample");
  for (i = 0; i < @_OUTPUTS; ++i) {
    printf("\tRESULT[");
    print_cell($_output_name(i));
    printf("]");
  }
  printf("\n");
  for (number = 0; (found = read_sample(sample, number)) > 0; ++number) {
    $_predict(sample, results);
    printf("%ld", number);
    for (i = 0; i < @_OUTPUTS; ++i) printf("\t%.9g", (double)results[i]);
    printf("\n");
  }
  return found < 0 || fflush(stdout) != 0 || ferror(stdout);
}
)";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

}  // namespace

std::string c_main(const CMain& of) {
  std::string text = std::string("\n#ifdef NN_MAIN\n#include <stdio.h>\n\n") + (of.bytes ? read_bytes : read_numbers) +
                     print_name + (of.decides ? main_of_classes : main_of_numbers) + "#endif\n";
  text = replaced(text, "ELEMENT", of.bytes ? "uint8_t" : "float");
  text = replaced(text, "RESULT", of.probabilities ? "probability" : of.decides ? "output" : "prediction");
  return replaced(replaced(text, "@", of.upper), "$", of.name);
}

}  // namespace nn
