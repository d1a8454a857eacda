# Compiler settings that hold for every target of the tree.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(MULLION_CCACHE ccache)
if(MULLION_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MULLION_CCACHE})
endif()

set(MULLION_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")
if(MULLION_SANITIZE)
  # The check of function types reads the bytes before a called function: host stubs have none there.
  add_compile_options(-fsanitize=${MULLION_SANITIZE} -fno-sanitize=function -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MULLION_SANITIZE})
endif()

if(MULLION_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

add_compile_options(-Wall -fno-strict-aliasing -fvisibility=hidden)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options(-Wextra -Werror)
else()
  # g++ 12 warns of enumerators beside numbers and sees overflows in its own std::string and std::vector that are not
  # there: its warnings are shown, clang's stop the build.
  add_compile_options(-Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict
    -Wno-maybe-uninitialized)
endif()
add_compile_definitions(FMT_HEADER_ONLY _GLIBCXX_ASSERTIONS)
if(WIN32)
  add_compile_definitions(_WIN32_WINNT=0x0A00 WIN32_LEAN_AND_MEAN NOMINMAX)
  add_link_options(-static)
endif()

find_package(Threads REQUIRED)

# Header-only libraries. A cross build must not see /usr/include, so the few
# header directories it needs are linked into a folder of their own.
add_library(mullion_headers INTERFACE)
if(CMAKE_CROSSCOMPILING)
  set(private_include ${CMAKE_BINARY_DIR}/include)
  file(MAKE_DIRECTORY ${private_include})
  foreach(dir fmt nlohmann tl)
    file(CREATE_LINK /usr/include/${dir} ${private_include}/${dir} SYMBOLIC)
  endforeach()
  target_include_directories(mullion_headers SYSTEM INTERFACE ${private_include})
endif()
