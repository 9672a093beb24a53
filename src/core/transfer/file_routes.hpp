// A list that is given away and taken as a file, and its two routes, for vendors and administrators.
#pragma once

#include <transfer/import.hpp>
#include <transfer/rows.hpp>

namespace cloudretail::transfer {

/// What a module does with the files of a list. Thread-safe.
class FileList {
  public:
    virtual ~FileList() = default;
    [[nodiscard]] virtual const Settings& settings() const = 0;
    /// `vendor`: whose rows they are where they do not say it, for administrators. Errors: those of
    /// import_rows; forbidden.
    virtual Task<Result<http::Response>> take(gateway::Call* call, std::optional<UserId> vendor,
                                              bool dry_run) = 0;
    /// What is the vendor's own; for administrators that of `vendor`, or all. Errors: forbidden.
    virtual Result<http::Response> give(const Caller& caller, std::optional<UserId> vendor,
                                        Format format) = 0;
};

/// GET `path`/export and POST `path`/import; their operation ids are "export" and "import" with `name`. The
/// list outlives them. Handlers run on io threads.
std::vector<gateway::Route> file_routes(const std::string& path, const std::string& name, FileList& list);

}  // namespace cloudretail::transfer
