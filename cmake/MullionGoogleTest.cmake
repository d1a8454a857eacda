# GoogleTest from the sources that Debian's libgtest-dev carries, so that the native and the
# cross build use the same one.
set(gtest_root /usr/src/googletest/googletest)
add_library(mullion_gtest STATIC ${gtest_root}/src/gtest-all.cc ${gtest_root}/src/gtest_main.cc)
target_include_directories(mullion_gtest SYSTEM PUBLIC ${gtest_root}/include)
target_include_directories(mullion_gtest PRIVATE ${gtest_root})
target_compile_options(mullion_gtest PRIVATE -w)
target_link_libraries(mullion_gtest PUBLIC Threads::Threads)

# One CTest entry a program; cross-built programs run under Wine, by the test that says so.
function(mullion_discover program)
  if(NOT CMAKE_CROSSCOMPILING)
    add_test(NAME ${program} COMMAND ${program} --gtest_brief=1)
    set_tests_properties(${program} PROPERTIES TIMEOUT 900)
  endif()
endfunction()
