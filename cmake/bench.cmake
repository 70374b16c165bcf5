# bench/: programs that time, not installed and not in the default target. kernels.cpp needs Google Benchmark.
add_executable(nn-bench EXCLUDE_FROM_ALL bench/nn_bench.cpp bench/options.cpp bench/nets.cpp bench/training.cpp bench/evaluation.cpp
               bench/machine.cpp)
add_executable(nn-bench-start EXCLUDE_FROM_ALL bench/start.cpp)
add_executable(bench-choices EXCLUDE_FROM_ALL bench/choices.cpp)
target_link_libraries(nn-bench PRIVATE nn)
nn_link(bench-choices backend)
nn_flags(nn-bench)
nn_flags(nn-bench-start)
find_package(benchmark QUIET)
if(benchmark_FOUND)
  add_executable(bench-kernels EXCLUDE_FROM_ALL bench/kernels.cpp)
  target_link_libraries(bench-kernels PRIVATE nn benchmark::benchmark)
  nn_flags(bench-kernels)
else()
  add_custom_target(bench-kernels COMMAND ${CMAKE_COMMAND} -E echo
    "bench-kernels is left out: Google Benchmark is not there (Debian package libbenchmark-dev)" VERBATIM)
endif()
