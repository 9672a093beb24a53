// See answer_log.hpp. A process appends with one write: lines of several do not mix.
#include <fcntl.h>
#include <unistd.h>
#include <support/answer_log.hpp>

#include <cstdlib>
#include <fstream>

namespace cloudretail::test {

AnswerLog& AnswerLog::of_this_process() {
    static AnswerLog log;
    return log;
}

void AnswerLog::add(const std::string& operation, int status) {
    const std::lock_guard lock(mutex_);
    ++counts_[{operation, status}];
}

AnswerLog::~AnswerLog() {
    const std::string file = answers_file();
    if (file.empty() || counts_.empty()) return;
    std::string lines;
    for (const auto& [what, count] : counts_)
        lines += what.first + " " + std::to_string(what.second) + " " + std::to_string(count) + "\n";
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return;
    [[maybe_unused]] const auto written = ::write(descriptor, lines.data(), lines.size());
    ::close(descriptor);
}

std::string answers_file() {
    const char* name = std::getenv("CLOUDRETAIL_TEST_ANSWERS");
    return name ? name : "";
}

AnswerCounts answers_of_run() {
    AnswerCounts counts;
    std::ifstream in(answers_file());
    std::string operation;
    int status = 0;
    std::int64_t count = 0;
    while (in >> operation >> status >> count) counts[{operation, status}] += count;
    return counts;
}

}  // namespace cloudretail::test
