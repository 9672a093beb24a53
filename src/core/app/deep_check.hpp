// The verbs that look whether the data are as they must be, over all modules: check --deep [--repair] and
// audit verify. Thread rule: a thread that may block.
#pragma once

#include <app/verbs.hpp>

namespace cloudretail::app {

/// Every module's invariants, a line each and one per violation; with the option "repair" the modules'
/// repairs come first, each in a transaction of its own that also leaves a line in the audit trail. Status 1:
/// a rule is (still) broken.
VerbReply deep_check(const Workplace& place, const VerbRequest& request);

/// Walks every module's audit trail. Status 1: one was changed or cut.
VerbReply verify_audit(const Workplace& place);

}  // namespace cloudretail::app
