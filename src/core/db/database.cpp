// Database: puts the writer, the readers and their breakers together. See database.hpp.
#include <db/database.hpp>

#include "readers.hpp"
#include "writer.hpp"

#include <filesystem>

namespace cloudretail::db {

struct Database::Impl {
    Impl(const Settings& settings, const Clock& clock)
        : writer_breaker(settings.module + " database",
                         {settings.breaker_failures, settings.breaker_reset_ms}, clock),
          reader_breaker(settings.module + " database readers",
                         {settings.breaker_failures, settings.breaker_reset_ms}, clock),
          writer(settings, clock, writer_breaker, counters),
          readers(settings, reader_breaker, counters) {}

    Counters counters;
    // Apart, because reads may work while nothing can be written (disk full), and must not hide that.
    resilience::Breaker writer_breaker, reader_breaker;
    Writer writer;
    Readers readers;
};

Database::Database(Settings settings, const Clock& clock) : settings_(std::move(settings)), clock_(clock) {
    const bool sqlite = settings_.url.starts_with("sqlite:");
    const bool postgresql =
        settings_.url.starts_with("postgresql://") || settings_.url.starts_with("postgres://");
    if (!sqlite && !postgresql) {
        throw std::runtime_error("the database URL of " + settings_.module +
                                 " is neither sqlite: nor postgresql://");
    }
    // A memory database belongs to one connection.
    if (is_memory(settings_.url)) settings_.inline_executor = true;
    impl_ = std::make_unique<Impl>(settings_, clock_);
}

Database::~Database() { close(); }

void Database::open() {
    impl_->writer.open(dialect() == Dialect::sqlite);
    if (!settings_.inline_executor) impl_->readers.open();
}

void Database::close() {
    // Readers first: SQLite's last connection to close, the writer's, can then take the WAL away.
    impl_->readers.close();
    impl_->writer.close();
}

void Database::submit(std::unique_ptr<Job> job) { impl_->writer.submit(std::move(job)); }

void Database::submit_read(std::unique_ptr<ReadJob> job) {
    if (settings_.inline_executor) return impl_->writer.read_inline(*job);
    impl_->readers.submit(std::move(job));
}

void Database::on_published(std::function<void()> listener) {
    impl_->writer.on_published(std::move(listener));
}

namespace {

/// No limit to a statement's time, until it goes.
class Patience {
  public:
    Patience(Session::Impl& impl, int usual_ms) : impl_(impl), usual_ms_(usual_ms) {
        impl_.command("SET statement_timeout = 0");
    }
    ~Patience() {
        try {
            impl_.command(("SET statement_timeout = " + std::to_string(usual_ms_)).c_str());
        } catch (const std::exception&) {
            // The connection is dead, and what was set with it.
            return;
        }
    }
    Patience(const Patience&) = delete;

  private:
    Session::Impl& impl_;
    int usual_ms_;
};

/// In a reader's session, so that writes go on meanwhile. The planner's statistics hold values, too.
void vacuum(Session& session, const Settings& settings) {
    Session::Impl& impl = session.impl();
    const auto tables = session.query(
        "t",
        "SELECT quote_ident(tablename) FROM pg_catalog.pg_tables WHERE schemaname = :m ORDER BY tablename",
        [](const Row& row) { return row.text(0); }, settings.module);
    const Patience patience(impl, settings.statement_timeout_ms);
    for (const std::string& table : tables) impl.command(("VACUUM (ANALYZE) " + table).c_str());
}

}  // namespace

void Database::scrub(Then<Unit> then) {
    if (dialect() == Dialect::sqlite) return impl_->writer.scrub(std::move(then));
    auto job = [this](Session& session) {
        vacuum(session, settings_);
        return Unit{};
    };
    read_then(std::move(job), std::move(then));
}

Dialect Database::dialect() const {
    return settings_.url.starts_with("sqlite:") ? Dialect::sqlite : Dialect::postgresql;
}

bool Database::available() const { return !impl_->writer_breaker.open(); }

std::vector<const resilience::Breaker*> Database::breakers() const {
    return {&impl_->writer_breaker, &impl_->reader_breaker};
}

Statistics Database::statistics() const {
    const Counters& c = impl_->counters;
    Statistics s;
    s.commits = c.commits;
    s.jobs = c.jobs;
    s.jobs_failed = c.jobs_failed;
    s.batches_void = c.batches_void;
    s.reads = c.reads;
    s.refused = c.refused;
    s.queue_depth = impl_->writer.depth();
    s.read_queue_depth = impl_->readers.depth();
    s.pool_size = settings_.inline_executor ? 0 : std::max(1, settings_.readers);
    s.pool_in_use = impl_->readers.in_use();
    s.pool_waits = c.pool_waits;
    if (dialect() == Dialect::sqlite && !is_memory(settings_.url)) {
        std::error_code none;
        const auto size = std::filesystem::file_size(sqlite_path(settings_.url) + "-wal", none);
        s.wal_bytes = none ? 0 : static_cast<std::int64_t>(size);
    }
    s.breaker = impl_->writer_breaker.state();
    if (s.breaker == "closed") s.breaker = impl_->reader_breaker.state();
    return s;
}

Database::SnapshotGuard::SnapshotGuard(Session& s) : session(s) {
    const bool sqlite = s.dialect() == Dialect::sqlite;
    s.impl().command(sqlite ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

Database::SnapshotGuard::~SnapshotGuard() {
    try {
        session.impl().command("ROLLBACK");
    } catch (const std::exception&) {
        // The connection is dead, and the snapshot with it; the next use of the session finds out.
        return;
    }
}

}  // namespace cloudretail::db
