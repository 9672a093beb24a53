// Opening a connection, its settings in both dialects, and what the databases' errors mean. Source of the
// SQLite settings: sqlite.org/pragma.html, /wal.html; of the PostgreSQL error codes: Appendix A of its
// manual.
#include "statement.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <algorithm>
#include <filesystem>
#include <map>

namespace cloudretail::db {
namespace {

sqlite_api::sqlite3* handle_sqlite(soci::session& sql) {
    return static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
}
PGconn* handle_postgresql(soci::session& sql) {
    return static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_;
}

/// The first line: what follows ("DETAIL: Key (email)=(…)") may hold a person's data.
std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

std::string on_one_line(std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    std::ranges::replace(text, '\n', ' ');
    return text;
}

[[noreturn]] void throw_sqlite(int code, Role role, const std::string& message) {
    const std::string what = "SQLite: " + message;
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            throw ConstraintViolation(what);
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_CANTOPEN:
        case SQLITE_NOTADB:
        case SQLITE_PROTOCOL:
            throw Fault(what, true);
        case SQLITE_FULL:
        case SQLITE_NOMEM:
        case SQLITE_LOCKED:
        case SQLITE_BUSY:
            throw Fault(what, false);
        case SQLITE_INTERRUPT:
            throw Unavailable("a query took too long");
        case SQLITE_READONLY:
            if (role == Role::writer) throw Fault(what, true);
            break;
        default:
            break;
    }
    throw std::runtime_error(what);
}

[[noreturn]] void throw_postgresql(std::string_view state, bool connected, const std::string& message) {
    const std::string_view family = state.substr(0, 2);
    const std::string code = " (SQLSTATE " + std::string(state) + ")";
    if (!connected || family == "08" || family == "57" || state == "25P03") {
        if (state == "57014") throw Unavailable("a query took too long");
        throw Fault("PostgreSQL: the connection is lost" + code, true);
    }
    if (state == "40001" || state == "40P01" || state == "55P03")
        throw Conflict("PostgreSQL: try again" + code);
    if (family == "53" || family == "58" || family == "XX")
        throw Fault("PostgreSQL: " + message + code, false);
    if (family == "23") throw ConstraintViolation("PostgreSQL: " + message);
    // Messages about data repeat the data.
    if (family == "22") throw std::runtime_error("PostgreSQL: a value is not accepted" + code);
    throw std::runtime_error("PostgreSQL: " + message + code);
}

void throw_unless_done(const PGconn* connection, const PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    throw_postgresql(state != nullptr ? state : "00000", PQstatus(connection) == CONNECTION_OK,
                     message != nullptr ? message : "no answer");
}

/// One PGresult, cleared.
struct Answer {
    explicit Answer(PGresult* r) : result(r) {}
    ~Answer() { PQclear(result); }
    Answer(const Answer&) = delete;
    PGresult* result;
};

/// key='value' as libpq reads it, in double quotes for SOCI, which reads it first: it splits at blanks and
/// knows no escape for a double quote.
std::string parameter(const std::string& key, std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    out += "'";
    if (out.find('"') == std::string::npos) return key + "=\"" + out + "\"";
    if (out.find_first_of(" \t\n\v\f\r") == std::string::npos) return key + "=" + out;
    throw std::runtime_error("a database URL cannot hold both a blank and a double quote in its " + key);
}

/// The URL as key=value pairs, because SOCI takes a URL apart wrongly; with our limits where it does not give
/// its own.
std::string connection_string(const Settings& settings) {
    char* error = nullptr;
    PQconninfoOption* options = PQconninfoParse(settings.url.c_str(), &error);
    PQfreemem(error);  // it may repeat the password
    if (options == nullptr)
        throw std::runtime_error("the database URL of " + settings.module + " is not valid");
    std::map<std::string, std::string> given;
    for (PQconninfoOption* o = options; o->keyword != nullptr; ++o) {
        if (o->val != nullptr) given.emplace(o->keyword, o->val);
    }
    PQconninfoFree(options);
    given.emplace("connect_timeout", std::to_string(std::max(2, settings.connect_timeout_s)));
    given.emplace("tcp_user_timeout", std::to_string(settings.statement_timeout_ms + 5'000));
    given.emplace("keepalives_idle", "30");
    given.emplace("keepalives_interval", "10");
    given.emplace("keepalives_count", "3");
    given.emplace("client_encoding", "UTF8");
    std::string out;
    for (const auto& [key, value] : given) out += (out.empty() ? "" : " ") + parameter(key, value);
    return out;
}

extern "C" int past_deadline(void* impl) {
    const auto deadline = static_cast<const Session::Impl*>(impl)->deadline;
    return std::chrono::steady_clock::now() > deadline ? 1 : 0;
}

extern "C" void drop_notice(void*, const char*) {}

/// For all connections of the process, and so before main(): each is used by one thread at a time, so SQLite
/// needs no lock of its own per call; and its count of memory, which nobody reads, is a lock that all of them
/// share (sqlite.org/threadsafe.html, /malloc.html).
const int sqlite_set_up = sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD) |
                          sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);

}  // namespace

std::string sqlite_path(const std::string& url) { return url.substr(std::string_view("sqlite:").size()); }
bool is_memory(const std::string& url) { return url == "sqlite::memory:"; }

Session::Impl::Impl(Dialect d, Role r) : dialect(d), role(r) {}

Session::Impl::~Impl() = default;

std::unique_ptr<Session::Impl> Session::Impl::open(const Settings& settings, Role role) {
    const bool sqlite = settings.url.starts_with("sqlite:");
    auto impl = std::make_unique<Impl>(sqlite ? Dialect::sqlite : Dialect::postgresql, role);
    try {
        sqlite ? impl->open_sqlite(settings) : impl->open_postgresql(settings);
    } catch (const soci::soci_error& error) {
        throw Fault("the database of " + settings.module +
                        " cannot be opened: " + on_one_line(error.get_error_message()),
                    true);
    }
    return impl;
}

void Session::Impl::open_sqlite(const Settings& settings) {
    const std::string path = sqlite_path(settings.url);
    if (path.find('"') != std::string::npos)
        throw std::runtime_error("a database path must not hold a quote");
    // A reader never makes the file: an empty one in place of a lost one would look like a new shop.
    if (role == Role::reader && !std::filesystem::exists(path)) {
        throw Fault("the database file of " + settings.module + " is gone", true);
    }
    CR_ASSERT(sqlite_set_up == SQLITE_OK);
    sql.open(soci::sqlite3, "dbname=\"" + path + "\" timeout=5");
    statement_timeout_ms = settings.statement_timeout_ms;
    std::string pragmas =
        "PRAGMA busy_timeout=5000; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; PRAGMA "
        "foreign_keys=ON; ";
    if (role == Role::writer) {
        pragmas +=
            "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864; ";
        pragmas += "PRAGMA secure_delete=ON; PRAGMA cache_size=-" + std::to_string(settings.cache_kib) + "; ";
    } else {
        pragmas += "PRAGMA wal_autocheckpoint=0; PRAGMA query_only=ON; ";
        pragmas += "PRAGMA cache_size=-" + std::to_string(std::max(2'000, settings.cache_kib / 4)) + "; ";
        sqlite_api::sqlite3_progress_handler(handle_sqlite(sql), 4'000, past_deadline, this);
        deadline = std::chrono::steady_clock::time_point::max();
    }
    pragmas += settings.full_durability ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL";
    command(pragmas.c_str());
    // Neither reports that it was refused.
    int foreign_keys = 0;
    std::string journal;
    sql << "PRAGMA foreign_keys", soci::into(foreign_keys);
    sql << "PRAGMA journal_mode", soci::into(journal);
    if (foreign_keys != 1 || (journal != "wal" && !is_memory(settings.url))) {
        throw std::runtime_error("the database of " + settings.module +
                                 " refuses foreign keys or write-ahead " + "logging: is it on a local disk?");
    }
}

void Session::Impl::open_postgresql(const Settings& settings) {
    sql.open(soci::postgresql, connection_string(settings));
    PQsetNoticeProcessor(handle_postgresql(sql), drop_notice, nullptr);
    const std::string limit = std::to_string(settings.statement_timeout_ms);
    command(("SET search_path = \"" + settings.module + "\"; SET application_name = 'cloudretail " +
             settings.module + (role == Role::writer ? " writer" : " reader") +
             "'; SET statement_timeout = " + limit +
             "; SET lock_timeout = 5000; SET idle_in_transaction_session_timeout = 60000; SET "
             "synchronous_commit = " +
             (settings.full_durability ? "on" : "off") +
             (role == Role::reader ? "; SET default_transaction_read_only = on" : ""))
                .c_str());
    if (role == Role::reader) return;
    long long there = 0;
    sql << "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = :m", soci::use(settings.module),
        soci::into(there);
    if (there != 0) return;
    // Two processes may do this at once; IF NOT EXISTS alone does not keep the second from failing.
    command(("BEGIN; SELECT pg_advisory_xact_lock(7220141); CREATE SCHEMA IF NOT EXISTS \"" +
             settings.module + "\"; COMMIT")
                .c_str());
}

std::string Session::Impl::command(const char* text) {
    if (dialect == Dialect::sqlite) {
        char* message = nullptr;
        const int code = sqlite_api::sqlite3_exec(handle_sqlite(sql), text, nullptr, nullptr, &message);
        if (code == SQLITE_OK) return {};
        const std::string what = message != nullptr ? message : sqlite_api::sqlite3_errstr(code);
        sqlite_api::sqlite3_free(message);
        throw_sqlite(code, role, what);
    }
    const Answer answer(PQexec(handle_postgresql(sql), text));
    throw_unless_done(handle_postgresql(sql), answer.result);
    return PQcmdStatus(answer.result);
}

int Session::Impl::columns_of(const std::string& prepared) {
    const Answer answer(PQdescribePrepared(handle_postgresql(sql), prepared.c_str()));
    throw_unless_done(handle_postgresql(sql), answer.result);
    return PQnfields(answer.result);
}

bool Session::Impl::autocommit() const {
    if (dialect == Dialect::postgresql) return false;
    auto& session = const_cast<soci::session&>(sql);  // get_backend() lacks a const form; nothing is changed
    return sqlite_api::sqlite3_get_autocommit(handle_sqlite(session)) != 0;
}

bool Session::Impl::left_open() const {
    if (dialect == Dialect::sqlite) return !autocommit();
    auto& session = const_cast<soci::session&>(sql);
    return PQtransactionStatus(handle_postgresql(session)) != PQTRANS_IDLE;
}

bool Session::Impl::alive() {
    if (dialect == Dialect::sqlite) return true;
    const Answer answer(PQexec(handle_postgresql(sql), "SELECT 1"));
    return PQresultStatus(answer.result) == PGRES_TUPLES_OK;
}

void Session::Impl::rethrow(const soci::soci_error& error) const {
    const std::string message = first_line(error.get_error_message());
    if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error)) {
        throw_sqlite(sqlite->result(), role, message);
    }
    if (dialect == Dialect::postgresql) {
        const auto* known = dynamic_cast<const soci::postgresql_soci_error*>(&error);
        auto& session = const_cast<soci::session&>(sql);
        const bool connected = PQstatus(handle_postgresql(session)) == CONNECTION_OK;
        throw_postgresql(known != nullptr ? known->sqlstate() : "00000", connected, message);
    }
    throw std::runtime_error("database: " + message);
}

}  // namespace cloudretail::db
