// SPDX-License-Identifier: MIT
#include <algorithm>

#include "report/report.h"

namespace nn {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// The names that gnuplot gives, and what points to them.
std::string with_own_names(std::string tag, const std::string& name) {
  for (const char* before : {" id='", " id=\"", "xlink:href='#", "xlink:href=\"#", "url(#"})
    tag = replaced(std::move(tag), before, before + name + "-");
  return tag;
}

/// Its width in pixels as it was drawn, " width=\"560\"": a page would else make every picture as wide as itself.
std::string own_width(const std::string& svg) {
  const std::string before = "viewBox=\"0 0 ";
  const size_t at = svg.find(before), begin = at + before.size(), end = at == svg.npos ? at : svg.find(' ', begin);
  return end == svg.npos ? "" : " width=\"" + svg.substr(begin, end - begin) + "\"";
}

}  // namespace

std::string inline_svg(const std::string& svg, const std::string& name, const std::string& title) {
  std::string out;
  for (size_t at = std::min(svg.find("<svg"), svg.size()); at < svg.size();) {
    const size_t open = std::min(svg.find('<', at), svg.size()), close = std::min(svg.find('>', open), svg.size());
    out += svg.substr(at, open - at) + with_own_names(svg.substr(open, close - open), name);
    at = close;
  }
  const size_t old = out.find("<title>"), end = out.find("</title>");
  if (old != std::string::npos && end != std::string::npos) out.replace(old, end - old, "<title>" + html_text(title));
  return out.empty() ? out : out.insert(4, " role=\"img\"" + own_width(out));
}

}  // namespace nn
