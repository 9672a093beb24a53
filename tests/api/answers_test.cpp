// The last test of a whole run (scripts/test): every answer was held against the document, and everything
// that the document promises was answered: each operation with a success, and with every other status it
// names. What nobody can bring about is no promise and does not belong there. Hidden: a part of the run
// cannot show it.
#include <cstdio>
#include <support/answer_log.hpp>

#include "stage.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

TEST_CASE("every operation was answered in this run with every status that the document names",
          "[.][answers]") {
    const AnswerCounts counts = answers_of_run();
    INFO("scripts/test sets CLOUDRETAIL_TEST_ANSWERS and runs all tests first");
    REQUIRE_FALSE(counts.empty());
    const RunningServer server;
    const Contract contract(server.gateway().get("/openapi.json").body);
    std::int64_t answers = 0;
    for (const auto& [what, count] : counts) answers += count;
    int statuses = 0;
    for (const ContractOperation& operation : contract.operations()) {
        bool succeeded = false;
        operation.definition["responses"].each_member([&](std::string_view name, json::View) {
            if (name == "default") return;
            ++statuses;
            const int status = std::stoi(std::string(name));
            const bool answered = counts.contains({operation.id, status});
            succeeded |= answered && status < 300;
            if (!answered) FAIL_CHECK(operation.id + " was never answered " + std::string(name));
        });
        if (!succeeded) FAIL_CHECK(operation.id + " was never answered with a success");
    }
    std::printf("answers: %lld held against the document, of %zu operations with %d statuses\n",
                static_cast<long long>(answers), contract.operations().size(), statuses);
}
