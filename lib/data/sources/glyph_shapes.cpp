// SPDX-License-Identifier: MIT
#include "data/sources/glyph_shapes.h"

#include <array>

namespace nn {
namespace {

using P = GlyphPoint;
// A straight line is an arc whose control point is its middle.
constexpr P round0[] = {{.5, 0}, {.05, 0}, {.05, .5}, {.05, 1}, {.5, 1}, {.95, 1}, {.95, .5}, {.95, 0}, {.5, 0}};
constexpr P open0[] = {{.65, .06}, {.2, -.1}, {.08, .5}, {.05, 1}, {.45, 1}, {.95, 1}, {.92, .45}, {.9, 0}, {.45, .02}};

constexpr P bar1[] = {{.5, 0}, {.5, .5}, {.5, 1}};
constexpr P flag1[] = {{.22, .28}, {.42, .16}, {.56, 0}, {.56, .5}, {.56, 1}};
constexpr P foot1[] = {{.25, 1}, {.5, 1}, {.85, 1}};

constexpr P sharp2[] = {{.1, .25}, {.15, 0}, {.5, 0}, {.95, 0}, {.9, .3}, {.8, .6}, {.05, 1}, {.5, 1}, {.95, 1}};
constexpr P loop2[] = {{.1, .22},  {.2, 0},      {.55, 0},   {.95, .02}, {.85, .35}, {.75, .7},
                       {.25, .95}, {-.02, 1.02}, {.08, .86}, {.28, .7},  {.95, 1}};

constexpr P round3[] = {{.1, .1},  {.4, -.06}, {.6, 0},  {.95, .06}, {.85, .3}, {.74, .48}, {.4, .48},
                        {.95, .5}, {.9, .78},  {.85, 1}, {.5, 1},    {.2, 1},   {.08, .85}};
constexpr P flat3[] = {{.1, .02}, {.5, 0},  {.85, 0}, {.65, .2}, {.42, .4}, {.95, .42},
                       {.9, .75}, {.85, 1}, {.45, 1}, {.2, 1},   {.06, .88}};

constexpr P angle4[] = {{.66, 0}, {.35, .35}, {.05, .68}, {.5, .68}, {.95, .68}};
constexpr P upright4[] = {{.68, .02}, {.69, .5}, {.68, 1}};
constexpr P cup4[] = {{.15, 0}, {.08, .3}, {.15, .5}, {.4, .58}, {.85, .5}};
constexpr P right4[] = {{.85, 0}, {.83, .5}, {.78, 1}};

constexpr P hook5[] = {{.88, 0},   {.5, 0},     {.22, 0},  {.18, .2},  {.14, .45}, {.5, .3},
                       {.75, .45}, {1.02, .65}, {.8, .88}, {.55, 1.1}, {.08, .9}};
constexpr P body5[] = {{.22, .05}, {.2, .2},   {.16, .42},  {.6, .3}, {.82, .55},
                       {1, .82},   {.65, .97}, {.35, 1.06}, {.08, .9}};
constexpr P roof5[] = {{.2, .03}, {.5, .02}, {.92, 0}};

constexpr P curl6[] = {{.75, 0},  {.15, .25}, {.1, .7},  {.1, 1},  {.5, 1}, {.9, 1},
                       {.9, .72}, {.88, .48}, {.5, .48}, {.2, .5}, {.1, .7}};
constexpr P tall6[] = {{.55, 0},   {.1, .35},  {.1, .75}, {.12, 1}, {.48, 1}, {.85, 1},
                       {.85, .78}, {.82, .58}, {.5, .58}, {.2, .6}, {.12, .8}};

constexpr P plain7[] = {{.08, .03}, {.5, .02}, {.92, 0}, {.58, .4}, {.4, 1}};
constexpr P hooked7[] = {{.06, .2}, {.04, .1}, {.1, .02}, {.5, .02}, {.92, 0}, {.6, .45}, {.45, 1}};
constexpr P bar7[] = {{.28, .52}, {.55, .5}, {.85, .48}};

constexpr P cross8[] = {{.5, .47},  {.1, .4}, {.15, .2},  {.25, 0},   {.5, 0},   {.85, 0},
                        {.85, .22}, {.8, .4}, {.5, .47},  {.05, .58}, {.08, .8}, {.15, 1},
                        {.5, 1},    {.92, 1}, {.92, .78}, {.9, .58},  {.5, .47}};
constexpr P snake8[] = {{.82, .12}, {.6, -.06}, {.35, .02}, {.02, .2}, {.45, .45}, {.98, .68}, {.85, .88},
                        {.6, 1.1},  {.2, .95},  {-.02, .8}, {.4, .52}, {.9, .3},   {.82, .12}};

constexpr P curl9[] = {{.88, .25}, {.85, 0},  {.5, 0},    {.1, .02}, {.1, .28}, {.12, .55},
                       {.5, .53},  {.85, .5}, {.88, .25}, {.92, .6}, {.7, 1}};
constexpr P straight9[] = {{.84, .26}, {.8, 0},   {.48, 0},   {.12, .02}, {.12, .25}, {.14, .48},
                           {.48, .48}, {.8, .46}, {.84, .22}, {.86, .6},  {.84, 1}};

constexpr GlyphStroke a0[] = {round0}, b0[] = {open0};
constexpr GlyphStroke a1[] = {bar1}, b1[] = {flag1}, c1[] = {flag1, foot1};
constexpr GlyphStroke a2[] = {sharp2}, b2[] = {loop2};
constexpr GlyphStroke a3[] = {round3}, b3[] = {flat3};
constexpr GlyphStroke a4[] = {angle4, upright4}, b4[] = {cup4, right4};
constexpr GlyphStroke a5[] = {hook5}, b5[] = {body5, roof5};
constexpr GlyphStroke a6[] = {curl6}, b6[] = {tall6};
constexpr GlyphStroke a7[] = {plain7}, b7[] = {hooked7}, c7[] = {plain7, bar7};
constexpr GlyphStroke a8[] = {cross8}, b8[] = {snake8};
constexpr GlyphStroke a9[] = {curl9}, b9[] = {straight9};

constexpr GlyphForm f0[] = {a0, b0}, f1[] = {a1, b1, c1}, f2[] = {a2, b2}, f3[] = {a3, b3}, f4[] = {a4, b4};
constexpr GlyphForm f5[] = {a5, b5}, f6[] = {a6, b6}, f7[] = {a7, b7, c7}, f8[] = {a8, b8}, f9[] = {a9, b9};
constexpr std::array<std::span<const GlyphForm>, 10> forms{f0, f1, f2, f3, f4, f5, f6, f7, f8, f9};

}  // namespace

std::span<const GlyphForm> glyph_forms(int digit) { return forms.at(static_cast<size_t>(digit)); }

}  // namespace nn
