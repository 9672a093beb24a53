// The last test of a whole run (scripts/test): how many answers were held against the document, that every
// operation was among them with a success, and which of the documented statuses nobody brought about. Hidden:
// a part of the run cannot show it.
#include <cstdio>
#include <support/answer_log.hpp>

#include "stage.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

TEST_CASE("every operation that the document names was answered with a success in this run", "[.][answers]") {
    const AnswerCounts counts = answers_of_run();
    INFO("scripts/test sets CLOUDRETAIL_TEST_ANSWERS and runs all tests first");
    REQUIRE_FALSE(counts.empty());
    const RunningServer server;
    const Contract contract(server.gateway().get("/openapi.json").body);
    std::int64_t answers = 0;
    for (const auto& [what, count] : counts) answers += count;
    int statuses = 0, produced = 0;
    std::string missing;
    for (const ContractOperation& operation : contract.operations()) {
        bool succeeded = false;
        operation.definition["responses"].each_member([&](std::string_view name, json::View) {
            if (name == "default") return;
            ++statuses;
            const int status = std::stoi(std::string(name));
            if (counts.contains({operation.id, status})) {
                ++produced;
                succeeded |= status < 300;
            } else {
                missing += "  " + operation.id + " " + std::string(name) + "\n";
            }
        });
        if (!succeeded) FAIL_CHECK(operation.id + " was never answered with a success");
    }
    std::printf(
        "answers: %lld held against the document, of %zu operations; %d of their %d statuses were answered, "
        "never:\n%s",
        static_cast<long long>(answers), contract.operations().size(), produced, statuses, missing.c_str());
}
