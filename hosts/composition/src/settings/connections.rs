//! The rows of the table that concern connections: metrics, limits and the end of serving.

use super::parse::{self, MetricsAddress};
use super::setting::{ROW, Row, Setting, Unset};

/// `COUNTERSIGN_METRICS_LISTEN`: the address and port of `/metrics`, if it is served.
pub static METRICS_LISTEN: Setting<MetricsAddress> = Setting {
    row: Row {
        variable: "COUNTERSIGN_METRICS_LISTEN",
        flag: Some("metrics-listen"),
        value_name: "ADDRESS",
        help: "The address of `/metrics`, which has a listener of its own; `off` for none",
        details: "Keep it from the public: the counts of events tell, for instance, whether a \
                  registration made an account. If the default port is taken, the server says so and \
                  goes on without",
        server: Unset::Means("127.0.0.1 and the port after that of `COUNTERSIGN_LISTEN`"),
        function: Unset::NotRead,
        ..ROW
    },
    parse: MetricsAddress::parse,
};

/// `COUNTERSIGN_CONNECTIONS`: the number of connections that may be open.
pub static CONNECTIONS: Setting<usize> = Setting {
    row: Row {
        variable: "COUNTERSIGN_CONNECTIONS",
        flag: Some("connections"),
        value_name: "NUMBER",
        help: "How many connections may be open at a time, 16 to 100000",
        details: "When all are, the source with the most makes room for another. The limit of open \
                  files must be higher, or it lowers this number",
        server: Unset::Default("4096"),
        function: Unset::NotRead,
        ..ROW
    },
    parse: parse::connections,
};

/// `COUNTERSIGN_CONNECTIONS_PER_SOURCE`: the number of connections of one source.
pub static CONNECTIONS_PER_SOURCE: Setting<usize> = Setting {
    row: Row {
        variable: "COUNTERSIGN_CONNECTIONS_PER_SOURCE",
        flag: Some("connections-per-source"),
        value_name: "NUMBER",
        help: "How many of them one source may have, 16 to 100000",
        details: "A source is an IPv4 address or an IPv6 /64. A trusted proxy is none, and may have all",
        server: Unset::Default("256"),
        function: Unset::NotRead,
        ..ROW
    },
    parse: parse::connections,
};

/// `COUNTERSIGN_IDLE_SECONDS`: how long a connection without requests is kept.
pub static IDLE_SECONDS: Setting<u32> = Setting {
    row: Row {
        variable: "COUNTERSIGN_IDLE_SECONDS",
        flag: Some("idle-seconds"),
        value_name: "SECONDS",
        help: "How long a connection is kept for the next request, 1 to 3600",
        details: "It must be longer than the keep-alive of a proxy in front, which is often 60 s, or the \
                  proxy sends a request now and then on a connection that the server is closing",
        server: Unset::Default("75"),
        function: Unset::NotRead,
        ..ROW
    },
    parse: parse::idle_seconds,
};

/// `COUNTERSIGN_DRAIN_SECONDS`: for how long the server answers after it was asked to stop.
pub static DRAIN_SECONDS: Setting<u32> = Setting {
    row: Row {
        variable: "COUNTERSIGN_DRAIN_SECONDS",
        flag: Some("drain-seconds"),
        value_name: "SECONDS",
        help: "How long the server goes on serving after SIGTERM, 0 to 300, while `/readyz` is 503 and \
               balancers turn to others",
        details: "A second signal ends this time. Then open requests have 10 s more",
        server: Unset::Means("5; 0 where the server listens on loopback"),
        function: Unset::NotRead,
        ..ROW
    },
    parse: parse::drain_seconds,
};
