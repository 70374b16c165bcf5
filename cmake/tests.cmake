# tests/ROOM/*.cpp make test_ROOM, linked with that room and what it may use. The test ROOM runs its cases, all but those
# with a tag [needs-THING], which the tests ROOM-needs-THING run: these may be skipped (tests/catch.h).
# tests/cli/*.sh run the built tools.
enable_testing()
set(NN_TEST_DATA "${PROJECT_SOURCE_DIR}/../shared" CACHE PATH "folder with datasets/ and fixtures/, if there is one")
if(NOT Catch2_FOUND)
  message(STATUS "Catch2 not found (Debian package catch2): no tests")
  return()
endif()
add_library(catch_main STATIC EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/catch_main.cpp)
target_link_libraries(catch_main PUBLIC Catch2::Catch2)
add_library(test_paths STATIC EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/paths.cpp)
target_compile_definitions(test_paths PRIVATE NN_TEST_DATA="${NN_TEST_DATA}" NN_SOURCE="${PROJECT_SOURCE_DIR}")
add_custom_target(all-tests)
add_dependencies(all-tests nn-bench nn-bench-start bench-choices bench-kernels)
get_property(rooms GLOBAL PROPERTY nn_rooms)
set(most_seconds 600)
# Most of a test file's compilation is the code of its checks, which need not be fast; watched by a sanitizer it is too
# slow as it is written.
set(nn_test_optimization -O0)
if(NN_SANITIZE)  # ten times as slow and more
  set(nn_test_optimization -O1)
  set(most_seconds 3600)
  if(NN_SANITIZE MATCHES thread)
    set(most_seconds 7200)
  endif()
endif()

set(nn_with_avx2 bash ${PROJECT_SOURCE_DIR}/tests/emulated.sh avx2)

# The tags [needs-THING] of test cases in these files.
function(nn_needs sources result)
  set(needs "")
  foreach(source ${sources})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    file(STRINGS ${source} cases REGEX "^TEST_CASE.*needs-[a-z0-9_-]+")
    foreach(case IN LISTS cases)
      string(REGEX REPLACE ".*(needs-[a-z0-9_-]+).*" "\\1" need "${case}")
      list(APPEND needs ${need})
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES needs)
  set(${result} ${needs} PARENT_SCOPE)
endfunction()

# Tests of these rooms run what the room describes.
set(nn_tests_use_layers backend)
set(nn_tests_use_losses backend)
set(nn_tests_use_optim backend)
foreach(room ${rooms})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${room}/*.cpp)
  if(sources)
    add_executable(test_${room} EXCLUDE_FROM_ALL ${sources})
    nn_link(test_${room} ${room} ${nn_tests_use_${room}})
    target_include_directories(test_${room} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(test_${room} PRIVATE catch_main test_paths)
    target_compile_options(test_${room} PRIVATE ${nn_test_optimization})
    nn_precompiled(test_${room} ${PROJECT_SOURCE_DIR}/tests/catch.h)
    if(room STREQUAL formats)  # hostile graphs of ONNX are made with its own classes
      target_include_directories(test_formats SYSTEM PRIVATE ${nn_generated} ${Protobuf_INCLUDE_DIRS})
    endif()
    if(room STREQUAL h5)  # hostile files are made with the library itself
      target_include_directories(test_h5 PRIVATE ${HDF5_C_INCLUDE_DIRS})
    endif()
    add_dependencies(all-tests test_${room})
    nn_needs("${sources}" needs)
    set(others "")
    foreach(need ${needs})
      string(APPEND others "~[${need}]")
      set(emulator "")
      if(need STREQUAL needs-avx2)
        set(emulator ${nn_with_avx2})
      endif()
      add_test(NAME ${room}-${need} COMMAND ${emulator} $<TARGET_FILE:test_${room}> "[${need}]")
      set_tests_properties(${room}-${need} PROPERTIES TIMEOUT ${most_seconds} SKIP_RETURN_CODE 77)
    endforeach()
    add_test(NAME ${room} COMMAND test_${room} ${others})
    set_tests_properties(${room} PROPERTIES TIMEOUT ${most_seconds})
    if(room STREQUAL backend)  # a process holds oneDNN to one instruction set
      add_test(NAME backend-avx2 COMMAND ${nn_with_avx2} $<TARGET_FILE:test_backend> "[.avx2]")
      set_tests_properties(backend-avx2 PROPERTIES TIMEOUT ${most_seconds} SKIP_RETURN_CODE 77)
    endif()
  endif()
endforeach()

# The device cuda on the processor: its own tests, and the module that the tools open in tests/cli/cuda.sh.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/backend/cuda/*.cpp)
add_executable(test_cuda EXCLUDE_FROM_ALL ${sources} $<TARGET_OBJECTS:nn_cuda_sim>)
nn_link(test_cuda backend)
target_include_directories(test_cuda PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(test_cuda PRIVATE catch_main test_paths)
target_compile_options(test_cuda PRIVATE ${nn_test_optimization})
nn_precompiled(test_cuda ${PROJECT_SOURCE_DIR}/tests/catch.h)
add_test(NAME backend-cuda COMMAND test_cuda)
set_tests_properties(backend-cuda PROPERTIES TIMEOUT ${most_seconds})
add_dependencies(all-tests test_cuda nn-cuda-sim)

# Our calls to NVIDIA's libraries, where their headers are: to a stand-in of cuBLASLt, and to cuDNN for a device that is not
# there.
if(nn_cuda_found)
  set(folder ${PROJECT_SOURCE_DIR}/tests/backend/cuda/libraries)
  add_library(stand_in_cublaslt SHARED EXCLUDE_FROM_ALL ${folder}/stand_in_cublaslt.cpp)
  set_target_properties(stand_in_cublaslt PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/stand-in
    OUTPUT_NAME cublasLt SUFFIX .so.13)
  target_include_directories(stand_in_cublaslt SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS})
  add_executable(test_cuda_libraries EXCLUDE_FROM_ALL ${folder}/libraries_test.cpp ${nn_cuda_libraries})
  nn_flags(test_cuda_libraries)
  target_include_directories(test_cuda_libraries PRIVATE ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/tests)
  target_include_directories(test_cuda_libraries SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS})
  target_link_libraries(test_cuda_libraries PRIVATE catch_main test_paths ${CMAKE_DL_LIBS})
  add_dependencies(all-tests test_cuda_libraries stand_in_cublaslt)
  add_test(NAME backend-cublaslt COMMAND test_cuda_libraries "[cublaslt]")
  set_tests_properties(backend-cublaslt PROPERTIES TIMEOUT 60 ENVIRONMENT "LD_LIBRARY_PATH=${PROJECT_BINARY_DIR}/stand-in")
  if(nn_cudnn_include)
    target_compile_definitions(test_cuda_libraries PRIVATE NN_HAVE_CUDNN=1)
    target_include_directories(test_cuda_libraries SYSTEM PRIVATE ${nn_cudnn_include})
    add_test(NAME backend-cudnn COMMAND test_cuda_libraries "[cudnn]")
    set_tests_properties(backend-cudnn PROPERTIES TIMEOUT ${most_seconds} SKIP_RETURN_CODE 77
      ENVIRONMENT "LD_LIBRARY_PATH=${CUDAToolkit_LIBRARY_DIR}:${CUDAToolkit_ROOT}/lib64")
  endif()
endif()

file(GLOB scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/cli/*.sh ${PROJECT_SOURCE_DIR}/tests/structure/*.sh)
list(FILTER scripts EXCLUDE REGEX "/head.sh$")
foreach(script ${scripts})
  get_filename_component(name ${script} NAME_WE)
  get_filename_component(folder ${script} DIRECTORY)
  get_filename_component(folder ${folder} NAME)
  add_test(NAME ${folder}-${name} COMMAND bash ${script})
  set_tests_properties(${folder}-${name} PROPERTIES TIMEOUT ${most_seconds} SKIP_RETURN_CODE 77
    ENVIRONMENT "NN_BIN=${CMAKE_BINARY_DIR};NN_SOURCE=${PROJECT_SOURCE_DIR};NN_TEST_DATA=${NN_TEST_DATA}")
endforeach()

# The campaigns of tests/soak in their short form; resume.sh is called by tests/cli/resume.sh.
file(GLOB campaigns CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/soak/*.sh)
list(FILTER campaigns EXCLUDE REGEX "/(common|resume).sh$")
foreach(script ${campaigns})
  get_filename_component(name ${script} NAME_WE)
  add_test(NAME soak-${name} COMMAND bash ${script} short)
  set_tests_properties(soak-${name} PROPERTIES TIMEOUT ${most_seconds} SKIP_RETURN_CODE 77
    ENVIRONMENT "NN_BIN=${CMAKE_BINARY_DIR};NN_SOURCE=${PROJECT_SOURCE_DIR}")
endforeach()

foreach(helper hostile flips)
  add_executable(nn-soak-${helper} EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/soak/${helper}.cpp)
  nn_link(nn-soak-${helper} h5)
  add_dependencies(all-tests nn-soak-${helper})
endforeach()

include(cmake/fuzz.cmake)

# With NN_SANITIZE every test runs under these options. A report ends its program with status 99, which no test takes
# for an expected one; what is reported at the end of programs whose status nobody sees is found in the folder reports.
if(NN_SANITIZE)
  set(reports ${CMAKE_BINARY_DIR}/reports)
  set(common "exitcode=99:halt_on_error=1:log_path=${reports}/report")
  set(sanitizer_environment
    "ASAN_OPTIONS=${common}:detect_leaks=1:detect_stack_use_after_return=1"
    "UBSAN_OPTIONS=${common}:print_stacktrace=1"
    "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/leaks.supp:print_suppressions=0"
    "TSAN_OPTIONS=${common}:suppressions=${PROJECT_SOURCE_DIR}/tests/races.supp")
  get_property(all_tests DIRECTORY PROPERTY TESTS)
  foreach(test ${all_tests})
    set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT "${sanitizer_environment}")
    set_tests_properties(${test} PROPERTIES FIXTURES_REQUIRED reports)
  endforeach()
  add_test(NAME reports-begin COMMAND bash -c "rm -rf '${reports}' && mkdir '${reports}'")
  add_test(NAME reports-none COMMAND bash ${PROJECT_SOURCE_DIR}/tests/sanitizer_reports.sh ${reports})
  set_tests_properties(reports-begin PROPERTIES FIXTURES_SETUP reports)
  set_tests_properties(reports-none PROPERTIES FIXTURES_CLEANUP reports)
endif()
