// SPDX-License-Identifier: MIT
// The report as one page: nothing of it comes from outside, and without its script it only does not sort and filter.
#include "base/log.h"
#include "report/report.h"

namespace nn {
namespace {

/// Marks the page as a report, which another may replace (report_folder.cpp), and keeps everything from outside away.
constexpr const char* head = R"(<meta name="generator" content="nn-compare --report">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
)";

constexpr const char* style = R"(
nav { font-size: 0.9em } nav a { margin-right: 1em } a { color: inherit }
h2 { border-bottom: 1px solid var(--line); padding-bottom: 0.2em } h3 { font-size: 1em; margin: 1.6em 0 0.5em }
figure { margin: 1.5em 0 } figure svg { display: block; max-width: 100%; height: auto } figcaption { font-size: 0.9em }
.wrap td { white-space: normal; overflow-wrap: anywhere } pre { overflow-x: auto; background: var(--band); padding: 0.7em }
summary { cursor: pointer; margin: 0.6em 0 } input { font: inherit; width: 20em; max-width: 100% }
th button { font: inherit; font-weight: bold; color: inherit; background: none; border: 0; padding: 0; cursor: pointer }
th[aria-sort=ascending] button::after { content: " \25b2" } th[aria-sort=descending] button::after { content: " \25bc" }
@media screen and (prefers-color-scheme: dark) { figure svg { filter: invert(0.91) hue-rotate(180deg) } }
@media print { nav, .tool { display: none } div { overflow: visible } table { font-size: 8pt } tr, figure { break-inside: avoid }
  h2, h3 { break-after: avoid } th, td { padding: 0.2em 0.4em; white-space: normal } pre { white-space: pre-wrap } }
)";

/// Heads of tables sort by their column, first ascending, then descending; the filter keeps the rows that have all of
/// its words. #sort=TABLE:COLUMN:descending&filter=WORDS in the address does the same, so that a view can be linked.
constexpr const char* script = R"(
'use strict';
const number = text => { const found = parseFloat(text.replace(/^[<+]/, '')); return text === '-' ? NaN : found; };
function sort(head, descending) {
  const table = head.closest('table'), body = table.tBodies[0], column = head.cellIndex;
  const words = head.classList.contains('word'), text = row => row.cells[column].textContent;
  const missing = row => words ? text(row) === '' : isNaN(number(text(row)));
  const order = (a, b) => words ? text(a).localeCompare(text(b), 'en', { numeric: true }) : number(text(a)) - number(text(b));
  const rows = [...body.rows].sort((a, b) =>
    missing(a) || missing(b) ? missing(a) - missing(b) : descending ? order(b, a) : order(a, b));
  body.append(...rows);
  for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
}
function filter(box) {
  const words = box.value.toLowerCase().split(/\s+/).filter(word => word), rows = [...document.querySelectorAll('#runs tbody tr')];
  for (const row of rows) row.hidden = !words.every(word => row.textContent.toLowerCase().includes(word));
  document.getElementById('shown').textContent = rows.filter(row => !row.hidden).length + ' of ' + rows.length + ' runs';
}
function read(fragment) {
  const asked = new URLSearchParams(fragment.slice(1)), box = document.querySelector('#filter');
  const [name, column, order] = (asked.get('sort') || '').split(':');
  const table = name && document.getElementById(name);
  if (table && table.tHead)
    for (const head of table.tHead.rows[0].cells) if (head.textContent === column) sort(head, order === 'descending');
  if (asked.has('filter')) { box.value = asked.get('filter'); filter(box); }
}
for (const head of document.querySelectorAll('th')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.append(...head.childNodes);
  button.addEventListener('click', () => sort(head, head.getAttribute('aria-sort') === 'ascending'));
  head.append(button);
}
const box = document.querySelector('#filter');
box.closest('.tool').hidden = false;
box.addEventListener('input', () => filter(box));
filter(box);
window.addEventListener('hashchange', () => read(location.hash));
read(location.hash);
)";

std::string code_block(const std::vector<std::string>& lines) {
  std::string out = "<pre><code>";
  for (const std::string& line : lines) out += html_text(line) + "\n";
  return out + "</code></pre>\n";
}

std::string sentence(const std::string& text) { return text + (text.ends_with('.') ? "" : "."); }

std::string figures(const Report& report) {
  std::string out;
  for (const ReportFigure& figure : report.figures) {
    out += "<figure>\n" + inline_svg(figure.svg, figure.name, figure.title) + "<figcaption>" +
           html_text(sentence(figure.title));
    for (const std::string& note : figure.notes) out += "<br>" + html_text(sentence(note));
    out += "</figcaption>\n</figure>\n";
  }
  return out;
}

std::string tables(const Report& report) {
  std::string out;
  for (size_t i = 0; i < report.page.blocks.size(); ++i) {
    const Block& block = report.page.blocks[i];
    out +=
        "<h3>" + html_text(block.title) + "</h3>\n" + html_table(block, " id=\"table" + std::to_string(i + 1) + "\"");
  }
  return out;
}

std::string commands(const Report& report) {
  std::string out;
  for (const ReportCommands& one : report.commands)
    out += "<details open>\n<summary>" + html_text(one.title) + "</summary>\n" + code_block(one.lines) + "</details>\n";
  return out;
}

}  // namespace

std::string report_html(const Report& report) {
  std::string links, body;
  const auto section = [&](const std::string& id, const std::string& title, const std::string& content) {
    if (content.empty()) return;
    links += "<a href=\"#" + id + "\">" + title + "</a>\n";
    body += "<section>\n<h2 id=\"" + id + "\">" + title + "</h2>\n" + content + "</section>\n";
  };
  std::string notes;
  for (const std::string& note : report.page.notes) notes += "<li>" + html_text(note) + "</li>\n";
  section("notes", "What the runs say", notes.empty() ? "" : "<ul>\n" + notes + "</ul>\n");
  section("tables", "Tables", tables(report));
  section("pictures", "Pictures", figures(report));
  section(
      "each", "Runs",
      "<p class=\"tool\" hidden><label>Rows with <input id=\"filter\" type=\"search\" placeholder=\"words\"></label> "
      "<span id=\"shown\"></span></p>\n" +
          html_table(report.runs, " id=\"runs\""));
  section("differing", "Settings that differ",
          report.differing.rows.empty() ? "" : html_table(report.differing, " id=\"key\" class=\"wrap\""));
  section("settings", "Settings of all runs", html_table(report.settings, " id=\"setting\" class=\"wrap\""));
  section("commands", "Commands", commands(report));
  section("files", "Files", html_table(report.files, " id=\"file\" class=\"wrap\""));
  section("versions", "Versions",
          html_table(report.versions, " id=\"version\" class=\"wrap\"") +
              (report.command.empty() ? "" : "<p>This report was made with</p>\n" + code_block({report.command})));
  return html_head(report.page.title, style, head) + "<nav>\n" + links + "</nav>\n" + body + "<script>" + script +
         "</script>\n</body>\n</html>\n";
}

}  // namespace nn
