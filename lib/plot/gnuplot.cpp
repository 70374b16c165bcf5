// SPDX-License-Identifier: MIT
#include "plot/gnuplot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <span>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

/// Both ends of a pipe, closed on exec.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw Error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  ~Pipe() { close(0), close(1); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int end(int i) const { return ends_[static_cast<size_t>(i)]; }
  void close(int i) {
    int& fd = ends_[static_cast<size_t>(i)];
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// A child that is killed and waited for unless its end was seen.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  ~Child() {
    if (id_ > 0) ::kill(id_, SIGKILL), (void)wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int wait() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return status;
  }

 private:
  pid_t id_;
};

/// A write to a child that has gone is an error here, not a signal.
class IgnorePipeSignal {
 public:
  IgnorePipeSignal() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before_);
  }
  ~IgnorePipeSignal() { ::sigaction(SIGPIPE, &before_, nullptr); }
  IgnorePipeSignal(const IgnorePipeSignal&) = delete;
  IgnorePipeSignal& operator=(const IgnorePipeSignal&) = delete;

 private:
  struct sigaction before_ = {};
};

pid_t start(Pipe& in, Pipe& out, Pipe& err, Pipe& failed) {
  const pid_t id = ::fork();
  if (id < 0) throw Error(fmt::format("cannot start a program: {}", std::strerror(errno)));
  if (id > 0) return id;
  ::dup2(in.end(0), 0);
  ::dup2(out.end(1), 1);
  ::dup2(err.end(1), 2);
  ::signal(SIGPIPE, SIG_DFL);
  ::setenv("LC_ALL", "C.UTF-8", 1);
  char name[] = "gnuplot", plain[] = "--default-settings";
  char* const arguments[] = {name, plain, nullptr};
  ::execvp(name, arguments);
  const int why = errno;
  (void)!::write(failed.end(1), &why, sizeof why);
  ::_exit(127);
}

/// Reads what is there; false at the end. What cannot be read is an error: half a picture is none.
bool take(int fd, std::string& to) {
  char buffer[65536];
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got < 0) throw Error(fmt::format("cannot read what gnuplot writes: {}", std::strerror(errno)));
  to.append(buffer, static_cast<size_t>(got));
  return got > 0;
}

/// True when all bytes came, false at an end before the first.
bool read_whole(int fd, void* to, size_t size) {
  for (;;) {
    const ssize_t got = ::read(fd, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(fmt::format("cannot start gnuplot: {}", std::strerror(errno)));
    return got == static_cast<ssize_t>(size);
  }
}

/// Feeds the script and gathers both outputs, whichever is ready.
void exchange(const std::string& script, Pipe& in, Pipe& out, Pipe& err, std::string& picture, std::string& message) {
  ::fcntl(in.end(1), F_SETFL, O_NONBLOCK);
  size_t sent = 0;
  while (out.end(0) >= 0 || err.end(0) >= 0) {
    std::array<pollfd, 3> fds{{{in.end(1), POLLOUT, 0}, {out.end(0), POLLIN, 0}, {err.end(0), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw Error(fmt::format("cannot talk to gnuplot: {}", std::strerror(errno)));
    }
    if (fds[0].revents) {
      const ssize_t n = ::write(in.end(1), script.data() + sent, script.size() - sent);
      if (n > 0) sent += static_cast<size_t>(n);
      const bool gone = n < 0 && errno == EPIPE;  // its own message says why
      if (n < 0 && !gone && errno != EAGAIN && errno != EINTR)
        throw Error(fmt::format("cannot write to gnuplot: {}", std::strerror(errno)));
      if (sent == script.size() || gone) in.close(1);
    }
    if (fds[1].revents && !take(out.end(0), picture)) out.close(0);
    if (fds[2].revents && !take(err.end(0), message)) err.close(0);
  }
}
}  // namespace

std::string gnuplot_quote(const std::string& text) {
  const std::string shown = printable(text);
  if (shown.find('\'') == std::string::npos) return "'" + shown + "'";
  // gnuplot takes a quote doubled at the start of 'text' for its end. In "text" every sign that means something is its
  // octal code.
  std::string out = "\"";
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::string_view("\"\\`@$'{}").find(c) == std::string_view::npos)
      out += c;
    else
      out += fmt::format("\\{:03o}", byte);
  }
  return out + "\"";
}

std::string gnuplot_tic(const std::string& text) {
  std::string out;
  for (const char c : gnuplot_quote(text)) out += c == '%' ? "%%" : std::string(1, c);
  return out;
}

std::string gnuplot_terminal(std::string_view format, int width, int height) {
  if (format == "svg")
    return fmt::format(
        "set terminal svg size {},{} dynamic noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif' fontscale 1.0 "
        "background '#ffffff' rounded\n",
        width, height);
  if (format == "pdf")
    return fmt::format(
        "set terminal pdfcairo size {:.3f}in,{:.3f}in noenhanced color font 'Sans,9' rounded background '#ffffff'\n",
        width / 96.0, height / 96.0);
  return fmt::format("set terminal pngcairo size {},{} noenhanced font 'Sans,10' rounded background '#ffffff'\n", width,
                     height);
}

std::vector<std::byte> run_gnuplot(const std::string& script) {
  Pipe in, out, err, failed;
  const IgnorePipeSignal quiet;
  Child child(start(in, out, err, failed));
  in.close(0), out.close(1), err.close(1), failed.close(1);
  int why = 0;
  const bool missing = read_whole(failed.end(0), &why, sizeof why);
  std::string picture, message;
  if (!missing) exchange(script, in, out, err, picture, message);
  const int status = child.wait();
  if (missing && why == ENOENT)
    throw Error(
        "gnuplot is not installed; it draws svg, png and pdf (Debian package gnuplot-nox). Without it: -T text, or -o "
        "NAME.gp for a script");
  if (missing) throw Error(fmt::format("cannot run gnuplot: {}", std::strerror(why)));
  if (status != 0 || picture.empty()) {
    message = printable(message.substr(0, 2000));
    throw Error(fmt::format("gnuplot drew no picture ({}): {}",
                            WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                                                : fmt::format("status {}", WEXITSTATUS(status)),
                            message.empty() ? "it says nothing" : message));
  }
  const auto bytes = std::as_bytes(std::span(picture));
  return {bytes.begin(), bytes.end()};
}

}  // namespace nn
