# The walls of the house: what each core library, module and test may include and link.
#
#   cloudretail_core(<name> USES <core>… LINKS <library>…)     src/core/<name>      -> core_<name>
#   cloudretail_module(<name> USES <module>… LISTENS <module>…) src/modules/<name>  -> four targets, see below
#   cloudretail_test(<folder> LINKS … INCLUDES … DEFINES … TIMEOUT s) tests/<folder> -> test_<folder>
#
# A new source file is found by itself; a new module is a new folder under src/modules.

# cloudretail_core: headers are included as <name/header.hpp>. USES may name only libraries defined before.
function(cloudretail_core name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;LINKS;INCLUDES;EXCLUDE")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "cloudretail_core(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}")
    endif()
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/core/${name}/*.cpp")
    foreach(excluded IN LISTS arg_EXCLUDE)
        list(REMOVE_ITEM sources "${CMAKE_SOURCE_DIR}/src/core/${name}/${excluded}")
    endforeach()
    set(used_targets "")
    foreach(used IN LISTS arg_USES)
        if(NOT TARGET core_${used})
            message(FATAL_ERROR "core library '${name}' USES '${used}', which is not defined before it: "
                "core libraries use lower ones only (order in CMakeLists.txt)")
        endif()
        list(APPEND used_targets core_${used})
    endforeach()
    if(sources)
        add_library(core_${name} STATIC ${sources})
        set(scope PUBLIC)
    else()
        add_library(core_${name} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(core_${name} ${scope} "${CMAKE_SOURCE_DIR}/src/core")
    target_include_directories(core_${name} SYSTEM ${scope} ${arg_INCLUDES})
    target_link_libraries(core_${name} ${scope} ${used_targets} ${arg_LINKS})
    set_property(GLOBAL APPEND PROPERTY CLOUDRETAIL_CORE core_${name})
    list(JOIN arg_USES " " used_names)
    set_property(GLOBAL APPEND PROPERTY CLOUDRETAIL_CORE_GRAPH "${name} USES ${used_names}")
endfunction()

# A folder that lets <module/header> be included, and nothing else of that module.
function(cloudretail_forward target module header real_file)
    set(folder "${CMAKE_BINARY_DIR}/walls/${target}")
    file(CONFIGURE OUTPUT "${folder}/${module}/${header}" CONTENT "#include \"${real_file}\"\n" @ONLY)
    target_include_directories(${target} INTERFACE "${folder}")
endfunction()

# cloudretail_module makes
#   <name>_api     what modules that USE it see: include/
#   <name>_events  what modules that LISTEN to it see: <name/events.hpp> alone
#   <name>_wiring  what main.cpp and the tests see: <name/module.hpp>, and the library itself
#   <name>         the library; its own folder is on no other target's include path
function(cloudretail_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;LISTENS")
    get_filename_component(folder "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
    if(arg_UNPARSED_ARGUMENTS OR NOT folder STREQUAL name)
        message(FATAL_ERROR "cloudretail_module(${name} ${ARGN}) in src/modules/${folder}: "
            "the module is named after its folder, and takes only USES and LISTENS")
    endif()
    set(here "${CMAKE_CURRENT_SOURCE_DIR}")
    list(TRANSFORM arg_USES APPEND _api OUTPUT_VARIABLE used_apis)
    list(TRANSFORM arg_LISTENS APPEND _events OUTPUT_VARIABLE heard_events)

    add_library(${name}_api INTERFACE)
    target_include_directories(${name}_api INTERFACE "${here}/include")
    target_link_libraries(${name}_api INTERFACE core_base)

    add_library(${name}_events INTERFACE)
    cloudretail_forward(${name}_events ${name} events.hpp "${here}/include/${name}/events.hpp")
    target_link_libraries(${name}_events INTERFACE core_base)

    get_property(core GLOBAL PROPERTY CLOUDRETAIL_CORE)
    file(GLOB sources CONFIGURE_DEPENDS "${here}/*.cpp")
    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PUBLIC ${name}_api PRIVATE ${used_apis} ${heard_events} ${core})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${name}_api)
    endif()

    add_library(${name}_wiring INTERFACE)
    cloudretail_forward(${name}_wiring ${name} module.hpp "${here}/module.hpp")
    target_link_libraries(${name}_wiring INTERFACE ${name} ${used_apis} ${heard_events} ${core})

    set_property(GLOBAL APPEND PROPERTY CLOUDRETAIL_MODULES ${name})
    set_property(GLOBAL PROPERTY CLOUDRETAIL_USES_${name} "${arg_USES}")
    set_property(GLOBAL PROPERTY CLOUDRETAIL_LISTENS_${name} "${arg_LISTENS}")
endfunction()

# Adds every folder of src/modules, then checks the graph: every name is known, USES has no cycle.
# Makes cloudretail_modules (all of them, wired) and writes module-graph.txt, module-graph.dot and core-graph.txt.
function(cloudretail_add_modules)
    file(GLOB module_lists CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/modules/*/CMakeLists.txt")
    foreach(module_list IN LISTS module_lists)
        get_filename_component(folder "${module_list}" DIRECTORY)
        add_subdirectory("${folder}")
    endforeach()

    get_property(modules GLOBAL PROPERTY CLOUDRETAIL_MODULES)
    foreach(module IN LISTS modules)
        foreach(verb USES LISTENS)
            get_property(others GLOBAL PROPERTY CLOUDRETAIL_${verb}_${module})
            foreach(other IN LISTS others)
                if(NOT other IN_LIST modules)
                    message(FATAL_ERROR "module '${module}' ${verb} '${other}', but there is no such module")
                endif()
            endforeach()
        endforeach()
    endforeach()

    # Take away, again and again, the modules that use only modules already taken; a remainder is a cycle.
    set(sorted "")
    set(remaining ${modules})
    while(remaining)
        set(progress FALSE)
        foreach(module IN LISTS remaining)
            get_property(uses GLOBAL PROPERTY CLOUDRETAIL_USES_${module})
            list(REMOVE_ITEM uses ${sorted})
            if(NOT uses)
                list(APPEND sorted ${module})
                list(REMOVE_ITEM remaining ${module})
                set(progress TRUE)
            endif()
        endforeach()
        if(NOT progress)
            set(edges "")
            foreach(module IN LISTS remaining)
                get_property(uses GLOBAL PROPERTY CLOUDRETAIL_USES_${module})
                list(REMOVE_ITEM uses ${sorted})
                list(JOIN uses ", " uses)
                string(APPEND edges "\n  ${module} uses ${uses}")
            endforeach()
            message(FATAL_ERROR "cycle among modules:${edges}\n"
                "Turn one edge into an event: the user LISTENS instead of USES.")
        endif()
    endwhile()

    set(text "")
    set(dot "digraph modules {\n    rankdir=BT;\n")
    foreach(module IN LISTS sorted)
        get_property(uses GLOBAL PROPERTY CLOUDRETAIL_USES_${module})
        get_property(listens GLOBAL PROPERTY CLOUDRETAIL_LISTENS_${module})
        string(APPEND dot "    ${module};\n")
        foreach(other IN LISTS uses)
            string(APPEND dot "    ${module} -> ${other};\n")
        endforeach()
        foreach(other IN LISTS listens)
            string(APPEND dot "    ${module} -> ${other} [style=dashed];\n")
        endforeach()
        list(JOIN uses " " uses)
        list(JOIN listens " " listens)
        string(STRIP "${module} USES ${uses}" line)
        if(listens)
            string(APPEND line " LISTENS ${listens}")
        endif()
        string(REGEX REPLACE " USES( LISTENS|$)" "\\1" line "${line}")
        message(STATUS "module ${line}")
        string(APPEND text "${line}\n")
    endforeach()
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/module-graph.txt" CONTENT "${text}" @ONLY)
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/module-graph.dot" CONTENT "${dot}}\n" @ONLY)

    get_property(core_graph GLOBAL PROPERTY CLOUDRETAIL_CORE_GRAPH)
    list(JOIN core_graph "\n" core_graph)
    string(REGEX REPLACE " USES (\n|$)" "\\1" core_graph "${core_graph}")
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/core-graph.txt" CONTENT "${core_graph}\n" @ONLY)

    add_library(cloudretail_modules INTERFACE)
    list(TRANSFORM sorted APPEND _wiring)
    target_link_libraries(cloudretail_modules INTERFACE ${sorted})
endfunction()

# cloudretail_test: one Catch2 program from tests/<folder>/*.cpp, one ctest test per TEST_CASE named "<folder>:…"
# with the folder as its label. Does nothing while the folder has no .cpp.
function(cloudretail_test folder)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "LINKS;INCLUDES;DEFINES")
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/${folder}/*.cpp")
    if(NOT sources)
        return()
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()
    set(target test_${folder})
    add_executable(${target} ${sources})
    target_include_directories(${target} PRIVATE ${arg_INCLUDES})
    target_compile_definitions(${target} PRIVATE ${arg_DEFINES})
    target_link_libraries(${target} PRIVATE catch_main test_support ${arg_LINKS})
    # Discovery would take a program that crashes before main() for one without tests; this fails the build instead.
    add_custom_command(TARGET ${target} POST_BUILD COMMAND ${target} --libidentify > /dev/null)
    # Catch2 calls it a success when a name matches no test; --warn NoTests makes that a failure.
    catch_discover_tests(${target} TEST_PREFIX "${folder}:" EXTRA_ARGS --warn NoTests
        PROPERTIES LABELS ${folder} TIMEOUT ${arg_TIMEOUT})
endfunction()
