# The Windows Hypervisor Platform on the software CPU: the static part for tests, the shared library for programs.
mullion_part(whp DEPENDS cpu memory state base)
target_compile_definitions(mullion_whp PUBLIC WHV_BUILD)

# In a folder of its own: beside a program it would be taken for the system's.
add_library(WinHvPlatform SHARED whp/library.cpp)
target_link_libraries(WinHvPlatform PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,mullion_whp>")
target_include_directories(WinHvPlatform INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/whp/include)
set_target_properties(WinHvPlatform PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/whp
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/whp ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/whp)
if(WIN32)
  set_target_properties(WinHvPlatform PROPERTIES PREFIX "")
else()
  # Only the API leaves the library: a program may hold a second copy of the core.
  set(exports ${CMAKE_CURRENT_SOURCE_DIR}/whp/exports.map)
  target_link_options(WinHvPlatform PRIVATE "-Wl,--version-script=${exports}" -Wl,--no-undefined-version)
  set_target_properties(WinHvPlatform PROPERTIES LINK_DEPENDS ${exports})
endif()
