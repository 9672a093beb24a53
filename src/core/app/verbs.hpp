// The verbs that touch data: migrate, check, audit verify, backup, and those the modules bring (admin
// create). They run in the process that holds the data directory. Thread rule: a thread that may block, one
// verb at a time.
#pragma once

#include <app/control.hpp>
#include <app/demo.hpp>
#include <app/health.hpp>
#include <config/config.hpp>
#include <gateway/chain.hpp>
#include <runtime/runtime.hpp>

namespace cloudretail::app {

/// What a verb may use. The databases are open.
struct Workplace {
    const config::Config& config;
    runtime::Runtime& runtime;
    const Parts& parts;
    const std::atomic<bool>& stopping;    // true: nobody waits any more
    gateway::Gateway* gateway = nullptr;  // where routes are built and modules at work: `demo` needs them
    const DemoLoader* demo = nullptr;
};

VerbReply carry_out(const Workplace& workplace, const VerbRequest& request);

}  // namespace cloudretail::app
