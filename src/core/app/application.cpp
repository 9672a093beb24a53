// The life of the process; see application.hpp.
#include <app/application.hpp>

#include <app/admin_routes.hpp>
#include <app/app_metrics.hpp>
#include <app/event_routes.hpp>
#include <app/housekeeping.hpp>
#include <app/listeners.hpp>
#include <app/notify.hpp>
#include <app/own_routes.hpp>
#include <app/problem_pages.hpp>
#include <app/upgrade.hpp>
#include <app/verbs.hpp>
#include <db/idempotency.hpp>
#include <embedded/openapi_fragments.hpp>
#include <log/log.hpp>
#include <security/jwt.hpp>

#include <sys/resource.h>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <optional>
#include <thread>

namespace cloudretail::app {

namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Files besides connections: databases, logs, sockets of ours.
constexpr rlim_t other_files = 512;

void raise_file_limit(const config::Config& config) {
    const auto wanted = static_cast<rlim_t>(config.integer("limits.connections")) * 2 + other_files;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        log::warning(
            "fewer open files are allowed than limits.connections needs (raise LimitNOFILE or ulimit -n)",
            {{"allowed", static_cast<std::int64_t>(limit.rlim_cur)},
             {"wanted", static_cast<std::int64_t>(wanted)}});
}

int io_threads(const config::Config& config) {
    const auto wanted = static_cast<int>(config.integer("server.threads"));
    return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

events::BusSettings bus_settings(const config::Config& config) {
    events::BusSettings settings;
    settings.max_attempts = static_cast<int>(config.integer("events.attempts"));
    return settings;
}

saga::EngineSettings saga_settings(const config::Config& config) {
    saga::EngineSettings settings;
    settings.lease_ms = config.duration_ms("saga.lease");
    return settings;
}

constexpr std::chrono::seconds disk_interval{5};

HealthLimits health_limits(const config::Config& config) {
    return {.events_behind = config.integer("health.events_behind"),
            .disk_free_bytes = config.bytes("health.disk_free")};
}

sigset_t ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    return set;
}

}  // namespace

void block_signals() {
    const sigset_t set = ending_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

void configure_log(const config::Config& config) {
    const auto& format = config.text("log.format");
    const auto& level = config.text("log.level");
    log::configure(format == "text"   ? log::Format::text
                   : format == "json" ? log::Format::json
                                      : log::Format::automatic,
                   level == "debug"     ? log::Level::debug
                   : level == "info"    ? log::Level::info
                   : level == "warning" ? log::Level::warning
                                        : log::Level::error);
}

struct Application::Impl {
    config::Config config;
    metrics::Registry metrics;
    runtime::Runtime runtime;
    events::Bus bus;
    saga::Engine sagas;
    Persons persons;
    Environment environment;
    Parts parts;
    gateway::Authenticator* authenticator = nullptr;
    DiskWatch disk;
    DemoLoader demo;
    Health health;
    gateway::Gateway gateway;
    Housekeeping housekeeping;
    const AdminDesk desk;
    events::Journal journal;
    const security::SealedBox box;
    std::unique_ptr<events::Feed> feed;
    std::unique_ptr<Listeners> listeners;
    std::unique_ptr<ControlServer> control;
    bool opened = false, started = false;
    std::atomic<bool> stopping{false};

    Impl(config::Config c, const ModuleFactory& build)
        : config(std::move(c)),
          runtime(io_threads(config)),
          bus(runtime, bus_settings(config)),
          sagas(runtime, saga_settings(config)),
          environment{config, system_clock(), runtime, bus, sagas, metrics, persons},
          disk(config.text("server.data_dir"), disk_interval, system_clock()),
          health(parts, bus, sagas, disk, health_limits(config)),
          gateway(config, metrics, system_clock()),
          housekeeping(parts, runtime, bus, metrics, config),
          desk{parts, bus, sagas, health, housekeeping, disk, system_clock(), system_clock().now()},
          box(security::load_or_make_secret(config.text("auth.sealing_secret"),
                                            config.text("server.data_dir"), "sealing_secret")) {
        Modules modules = build(environment);
        authenticator = modules.authenticator;
        demo = std::move(modules.demo);
        for (auto& module : modules.list) parts.push_back(std::make_unique<Part>(std::move(module)));
        for (const auto& part : parts) journal.add_source(part->name, part->module->database());
        feed = std::make_unique<events::Feed>(runtime, journal, feed_settings(config, authenticator));
        bus.watch([this](const std::string& module, std::int64_t head) { feed->advance(module, head); });
    }
    ~Impl() {
        stop(milliseconds(5000));
        while (!parts.empty()) parts.pop_back();  // the last built needs those before it
    }
    Impl(const Impl&) = delete;

    void open();
    void migrate();
    void build_gateway();
    void start();
    void listen();
    [[nodiscard]] Workplace workplace() { return {config, runtime, parts, stopping, &gateway, &demo}; }
    void announce();
    void wait_for_end(const std::function<config::Config()>& reload);
    void reload(const std::function<config::Config()>& read);
    /// True if everything ended within `limit`.
    bool stop(milliseconds limit);
};

void Application::Impl::open() {
    db::set_idempotency_retention(config.duration_ms("idempotency.retention"));
    runtime.start();
    opened = true;
    for (const auto& part : parts) {
        try {
            part->module->database().open();
        } catch (const std::exception& e) {
            throw std::runtime_error("the database of module " + part->name +
                                     " cannot be opened: " + e.what());
        }
    }
}

/// Why a start ends here; whoever reads it must know which of the databases is meant.
static std::runtime_error cannot_be_used(const std::string& module, const std::exception& why) {
    return std::runtime_error("the database of module " + module + " cannot be used: " + why.what());
}

void Application::Impl::migrate() {
    if (config.flag("database.migrate")) back_up_before_migrating(workplace(), all_of(parts));
    for (const auto& part : parts) {
        try {
            bring_up_to_date(*part, config.flag("database.migrate"));
        } catch (const Unavailable& e) {
            if (part->module->database().dialect() == db::Dialect::sqlite)
                throw cannot_be_used(part->name, e);
            log::warning("a module's database is away: its routes answer 503 until it comes",
                         {{"module", part->name}, {"error", e.what()}});
            part->answers = false;
        } catch (const std::exception& e) {
            throw cannot_be_used(part->name, e);
        }
    }
}

void Application::Impl::build_gateway() {
    for (const auto& part : parts) {
        for (gateway::Route& route : part->module->routes())
            gateway.add(part->migrated ? std::move(route) : once_migrated(*part, std::move(route)));
    }
    for (gateway::Route& route : own_routes(health, gateway)) gateway.add(std::move(route));
    for (gateway::Route& route : problem_routes(gateway)) gateway.add(std::move(route));
    for (gateway::Route& route : admin_routes(desk)) gateway.add(std::move(route));
    for (gateway::Route& route : event_routes({*feed, journal, box}, config)) gateway.add(std::move(route));
    if (authenticator) gateway.set_authenticator(*authenticator);
    gateway.seal(embedded::openapi_fragments());
}

void Application::Impl::start() {
    started = true;
    for (const auto& part : parts) part->module->start();
    feed->start();
    bus.start();
    sagas.start();
    housekeeping.start();
    disk.start();
}

void Application::Impl::listen() {
    register_metrics(metrics, parts, bus, sagas, runtime, disk);
    register_metrics(metrics, *feed);
    listeners = std::make_unique<Listeners>(runtime, config, gateway, health, metrics);
    listeners->listen();
    control = std::make_unique<ControlServer>(
        config.text("server.data_dir"),
        [place = workplace()](const VerbRequest& request) { return app::carry_out(place, request); });
}

void Application::Impl::announce() {
    health.set_ready(true);
    const std::string text = listeners->ready_line() + "\n" + listeners->welcome();
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    log::info("ready", {{"version", CLOUDRETAIL_VERSION}});
    notify("READY=1");
}

void Application::Impl::reload(const std::function<config::Config()>& read) {
    notify("RELOADING=1");
    try {
        const config::Config fresh = read();
        configure_log(fresh);
        gateway.reload_limits(fresh);
        log::info("log level and limits were read again");
    } catch (const std::exception& e) {
        log::error("the configuration was not read again", {{"error", e.what()}});
    }
    notify("READY=1");
}

void Application::Impl::wait_for_end(const std::function<config::Config()>& read) {
    const sigset_t set = ending_signals();
    const std::int64_t watchdog = watchdog_ms();
    // A third of the manager's patience; without a manager, just wait for a signal.
    const std::int64_t pause_ms = watchdog > 0 ? std::max<std::int64_t>(watchdog / 3, 10) : 60'000;
    Watchdog dog(runtime);
    for (;;) {
        const timespec pause{pause_ms / 1000, (pause_ms % 1000) * 1'000'000};
        const int signal = ::sigtimedwait(&set, nullptr, &pause);
        if (signal == SIGHUP) {
            reload(read);
        } else if (signal == SIGTERM || signal == SIGINT) {
            log::info("stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
            return;
        }
        if (watchdog > 0 && !dog.feed()) log::warning("an io loop does not turn");
    }
}

/// Ready turns false first; then nobody new is let in, requests end, sagas and events come to rest, databases
/// close.
bool Application::Impl::stop(milliseconds limit) {
    if (!opened) return true;
    opened = false;
    stopping = true;
    const auto end = Steady::now() + limit;
    const auto left = [&] {
        return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(end - Steady::now()));
    };
    health.set_ready(false);
    if (listeners) {
        listeners->close();
        while (listeners->connections() > 0 && left().count() > 0)
            std::this_thread::sleep_for(milliseconds(5));
    }
    control.reset();
    housekeeping.stop();
    disk.stop();
    if (started) {
        sagas.stop();
        bus.stop();
        feed->stop();
        for (const auto& part : parts) part->module->stop();
    }
    if (listeners) listeners->close_management();
    const bool ended = runtime.drain(std::max(left(), milliseconds(500)));
    for (const auto& part : parts) part->module->database().close();
    runtime.stop();
    return ended;
}

Application::Application(config::Config config, const ModuleFactory& build)
    : impl_(std::make_unique<Impl>(std::move(config), build)) {}

Application::~Application() = default;

void Application::open() { impl_->open(); }

int Application::serve(const std::function<config::Config()>& reload) {
    raise_file_limit(impl_->config);
    impl_->open();
    begin();
    impl_->listen();
    impl_->announce();
    impl_->wait_for_end(reload);
    notify("STOPPING=1");
    if (!impl_->stop(milliseconds(impl_->config.duration_ms("limits.drain")))) {
        // What still runs holds parts of us, so nothing is torn down under it; what matters is durable.
        log::warning("some work did not end in time; it goes on at the next start");
        std::fflush(nullptr);
        std::_Exit(0);
    }
    log::info("stopped");
    return 0;
}

void Application::begin() {
    impl_->migrate();
    impl_->build_gateway();
    impl_->start();
}

VerbReply Application::carry_out(const VerbRequest& request) {
    return app::carry_out(impl_->workplace(), request);
}

}  // namespace cloudretail::app
