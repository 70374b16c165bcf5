// SPDX-License-Identifier: MIT
// What signals ask of a tool. Each case is a process of its own, since handlers are for good.
#include "cli/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>

#include "catch.h"
#include "folder.h"
#include "h5/reading/at_work.h"

using nn::Request;
namespace h5 = nn::h5;
using namespace nn::cli;

namespace {

/// "exit 0", "signal 15" of a child that does this.
std::string child(const std::function<bool()>& body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body() ? 0 : 1);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                             : "exit " + std::to_string(WEXITSTATUS(status));
}

std::string signal_text(int signal) { return "signal " + std::to_string(signal); }

}  // namespace

TEST_CASE("none of several signals is lost, the most urgent is told first", "[cli]") {
  CHECK(child([] {
          catch_signals(true);
          set_job_signals(true, false);
          bool ok = next_request() == Request::none;
          for (int signal : {SIGUSR2, SIGHUP, SIGUSR1, SIGUSR2}) raise(signal);
          ok = ok && next_request() == Request::requeue && next_request() == Request::checkpoint &&
               next_request() == Request::status;
          ok = ok && next_request() == Request::none;
          raise(SIGHUP);
          raise(SIGINT);
          ok = ok && next_request() == Request::stop && next_request() == Request::stop;
          return ok;
        }) == "exit 0");
}

TEST_CASE("the first INT or TERM is noted, the second ends the process at once", "[cli]") {
  for (int signal : {SIGINT, SIGTERM}) {
    CHECK(child([&] {
            catch_signals(true);
            bool ok = next_request() == Request::none;
            raise(signal);
            ok = ok && next_request() == Request::stop;
            raise_noted_signal();
            return ok;
          }) == signal_text(signal));
    CHECK(child([&] {
            catch_signals(true);
            next_request();
            raise(SIGINT);
            raise(signal);
            return true;
          }) == signal_text(signal));
    // A tool that never asks is ended by the first.
    CHECK(child([&] {
            catch_signals(true);
            raise(signal);
            return true;
          }) == signal_text(signal));
  }
}

TEST_CASE("HUP ends a tool that has nothing to save to, and one that ignores it goes on ignoring it", "[cli]") {
  CHECK(child([] {
          catch_signals(true);
          raise(SIGHUP);
          return true;
        }) == signal_text(SIGHUP));
  CHECK(child([] {
          ::signal(SIGHUP, SIG_IGN);
          catch_signals(true);
          set_job_signals(true, false);
          raise(SIGHUP);
          return next_request() == Request::none;
        }) == "exit 0");
}

TEST_CASE("TERM asks what USR1 asks when told so, as often as it comes", "[cli]") {
  CHECK(child([] {
          catch_signals(true);
          set_job_signals(true, true);
          raise(SIGTERM);
          raise(SIGTERM);
          bool ok = next_request() == Request::requeue && next_request() == Request::none;
          raise(SIGTERM);
          return ok && next_request() == Request::requeue;
        }) == "exit 0");
}

TEST_CASE("a tool that takes no job signals goes on when they come: a scheduler sends them to all of a pipeline",
          "[cli]") {
  for (int signal : {SIGUSR1, SIGUSR2})
    CHECK(child([&] {
            catch_signals(false);
            raise(signal);
            return next_request() == Request::none;
          }) == "exit 0");
}

TEST_CASE("a crash leaves a message", "[cli]") {
  for (int signal : {SIGSEGV, SIGABRT}) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    CHECK(child([&] {
            const rlimit none{0, 0};
            setrlimit(RLIMIT_CORE, &none);
            for (int handled : {SIGSEGV, SIGABRT}) ::signal(handled, SIG_DFL);  // the test program has its own
            dup2(ends[1], STDERR_FILENO);
            catch_signals(false, "nn-tool");
            raise(signal);
            return true;
          }) == signal_text(signal));
    close(ends[1]);
    std::string message(200, '\0');
    message.resize(static_cast<size_t>(read(ends[0], message.data(), message.size())));
    CHECK(message ==
          "nn-tool: ended by a crash: too little memory, or an internal error; please report it with the command\n");
    close(ends[0]);
  }
}

TEST_CASE("the limit of a file's size is an error of write(2)", "[cli]") {
  const nn_test::Folder folder;
  const std::string name = folder / "file";
  CHECK(child([&] {
          catch_signals(false);
          const rlimit limit{100, 100};
          setrlimit(RLIMIT_FSIZE, &limit);
          const int file = open(name.c_str(), O_CREAT | O_RDWR, 0600);
          const std::string bytes(1000, 'x');
          return write(file, bytes.data(), bytes.size()) == 100 && write(file, bytes.data(), bytes.size()) == -1 &&
                 errno == EFBIG;
        }) == "exit 0");
}

TEST_CASE("the limit of processor time asks a job to save, and ends other tools with a message", "[cli]") {
  CHECK(child([] {
          catch_signals(true);
          raise(SIGXCPU);
          raise(SIGXCPU);
          return next_request() == Request::requeue && next_request() == Request::none;
        }) == "exit 0");
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  CHECK(child([&] {
          const rlimit none{0, 0};
          setrlimit(RLIMIT_CORE, &none);
          dup2(ends[1], STDERR_FILENO);
          catch_signals(false, "nn-tool");
          raise(SIGXCPU);
          return true;
        }) == signal_text(SIGXCPU));
  close(ends[1]);
  std::string message(200, '\0');
  message.resize(static_cast<size_t>(read(ends[0], message.data(), message.size())));
  CHECK(message == "nn-tool: ended: the limit of processor time is reached (SIGXCPU)\n");
  close(ends[0]);
}

TEST_CASE("a library that crashes or exits while it makes the output is a failure of the tool", "[cli]") {
  CHECK(child([] {
          ::signal(SIGSEGV, SIG_DFL);  // Catch has a handler of its own
          catch_signals(false, "nn-test");
          const h5::AtWork writing;
          raise(SIGSEGV);
          return true;
        }) == "exit 1");
  CHECK(child([] {
          ::signal(SIGSEGV, SIG_DFL);  // Catch has a handler of its own
          catch_signals(false, "nn-test");
          const h5::AtWork writing;
          std::exit(255);
          return true;
        }) == "exit 1");
  CHECK(child([] {
          ::signal(SIGSEGV, SIG_DFL);  // Catch has a handler of its own
          catch_signals(false, "nn-test");
          std::exit(255);
          return true;
        }) == "exit 1");
  CHECK(child([] {
          ::signal(SIGSEGV, SIG_DFL);  // Catch has a handler of its own
          catch_signals(false, "nn-test");
          { const h5::AtWork writing; }
          raise(SIGSEGV);
          return true;
        }) == signal_text(SIGSEGV));
}
