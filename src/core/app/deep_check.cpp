// Checking, repairing, verifying; see deep_check.hpp. Knows no rule itself: modules bring rules and repairs.
#include <app/deep_check.hpp>

#include <app/run_blocking.hpp>
#include <audit/audit.hpp>
#include <base/json.hpp>

#include <algorithm>

namespace cloudretail::app {

namespace {

constexpr std::chrono::seconds deep_check_time{300};
constexpr std::size_t most_violations = 1000;

std::string details_of(const Repair& repair, std::int64_t rows) {
    json::Writer w;
    w.begin_object().member("rule", repair.name).member("rows", rows).end_object();
    return w.take();
}

std::int64_t mend(db::Database& database, const Repair& repair) {
    return database.write_blocking([&repair](db::Tx& tx) {
        const std::int64_t rows = repair.run(tx);
        if (rows > 0) audit::record_system(tx, "data.repaired", tx.module(), details_of(repair, rows));
        return rows;
    });
}

void repair_all(const Workplace& place, VerbReply& reply) {
    for (const auto& part : place.parts) {
        for (const Repair& repair : part->module->repairs()) {
            const std::int64_t rows = mend(part->module->database(), repair);
            reply.output += part->name + ": " + repair.name + ": " +
                            (rows == 0 ? "nothing to mend" : std::to_string(rows) + " rows mended") + "\n";
        }
    }
}

}  // namespace

VerbReply deep_check(const Workplace& place, const VerbRequest& request) {
    VerbReply reply;
    if (request.options.contains("repair")) repair_all(place, reply);
    std::size_t found = 0;
    for (const auto& part : place.parts) {
        Module* const module = part->module.get();
        const auto violations = run_blocking<std::vector<Violation>>(
            place.runtime, place.stopping, deep_check_time, [module] { return module->check(); });
        found += violations.size();
        reply.output +=
            part->name + ": " +
            (violations.empty() ? "all rules hold" : std::to_string(violations.size()) + " violations") +
            "\n";
        for (std::size_t i = 0; i < std::min(violations.size(), most_violations); ++i)
            reply.output += "  " + violations[i].rule + ": " + violations[i].ids + "\n";
    }
    reply.status = found == 0 ? 0 : 1;
    return reply;
}

VerbReply verify_audit(const Workplace& place) {
    VerbReply reply;
    for (const auto& part : place.parts) {
        db::Database* const database = &part->module->database();
        const auto verdict = run_blocking<audit::Verdict>(
            place.runtime, place.stopping, deep_check_time,
            [database] { return database->snapshot([](db::Session& s) { return audit::verify(s); }); });
        reply.output += part->name + ": " + std::to_string(verdict.entries) + " entries, " +
                        (verdict.fault.empty() ? "whole" : "broken: " + verdict.fault) + "\n";
        if (!verdict.fault.empty()) reply.status = 1;
    }
    return reply;
}

}  // namespace cloudretail::app
