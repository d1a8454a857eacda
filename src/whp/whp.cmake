# The Windows Hypervisor Platform on the software CPU: the static part for tests, the shared library for programs.
mullion_part(whp DEPENDS cpu memory state base)
target_compile_definitions(mullion_whp PUBLIC WHV_BUILD)

if(NOT WIN32)
  add_library(WinHvPlatform SHARED whp/library.cpp)
  target_link_libraries(WinHvPlatform PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,mullion_whp>")
  # Only the API leaves the library: a program may hold a second copy of the core.
  target_link_options(WinHvPlatform PRIVATE
    "-Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/whp/exports.map" -Wl,--no-undefined-version)
  set_target_properties(WinHvPlatform PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/whp/exports.map
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/whp)
  target_include_directories(WinHvPlatform INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/whp/include)
endif()
