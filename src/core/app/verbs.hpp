// The verbs that touch data: migrate, check, and those the modules bring (admin create). They run in the
// process that holds the data directory. Thread rule: a thread that may block, one verb at a time.
#pragma once

#include <app/control.hpp>
#include <app/health.hpp>
#include <config/config.hpp>
#include <runtime/runtime.hpp>

namespace cloudretail::app {

/// What a verb may use. The databases are open.
struct Workplace {
    const config::Config& config;
    runtime::Runtime& runtime;
    const Parts& parts;
    const std::atomic<bool>& stopping;  // true: nobody waits any more
};

VerbReply carry_out(const Workplace& workplace, const VerbRequest& request);

}  // namespace cloudretail::app
