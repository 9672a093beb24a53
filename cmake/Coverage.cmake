# The coverage preset's report: run the tests, then build coverage_report; it prints a line per source file of ours.
find_program(LLVM_PROFDATA llvm-profdata-16 REQUIRED)
find_program(LLVM_COV llvm-cov-16 REQUIRED)
set(objects "")
get_property(test_programs DIRECTORY "${CMAKE_CURRENT_LIST_DIR}/../tests" PROPERTY BUILDSYSTEM_TARGETS)
foreach(target IN LISTS test_programs)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE")
        list(APPEND objects -object "$<TARGET_FILE:${target}>")
    endif()
endforeach()
if(TARGET cloudretail)
    list(APPEND objects -object "$<TARGET_FILE:cloudretail>")
endif()
add_custom_target(coverage_report
    COMMAND sh -c "\"${LLVM_PROFDATA}\" merge -sparse profiles/*.profraw -o coverage.profdata"
    COMMAND "${LLVM_COV}" report -instr-profile=coverage.profdata ${objects} -sources "${CMAKE_SOURCE_DIR}/src"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}"
    VERBATIM)
