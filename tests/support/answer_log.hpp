// How many answers of each operation and status this process held against the document. At its end they are
// appended to the file that CLOUDRETAIL_TEST_ANSWERS names (scripts/test sets it), so that a last test can
// say what a whole run of many processes has shown; where it names none, nothing is kept. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace cloudretail::test {

/// Counts by operationId and status.
using AnswerCounts = std::map<std::pair<std::string, int>, std::int64_t>;

class AnswerLog {
  public:
    static AnswerLog& of_this_process();
    void add(const std::string& operation, int status);
    ~AnswerLog();
    AnswerLog(const AnswerLog&) = delete;

  private:
    AnswerLog() = default;
    std::mutex mutex_;
    AnswerCounts counts_;
};

/// The file's name; empty where the environment has none.
std::string answers_file();
/// What all processes of the run have appended so far.
AnswerCounts answers_of_run();

}  // namespace cloudretail::test
