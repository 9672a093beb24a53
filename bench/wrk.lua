-- One line of JSON from wrk: the last of its output.
done = function(summary, latency)
    local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
    io.write(string.format('{"served":%d,"bad":%d,"seconds":%.3f,"p50ms":%.3f,"p99ms":%.3f,"p999ms":%.3f}\n',
        summary.requests, bad, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        latency:percentile(99.9) / 1e3))
end
