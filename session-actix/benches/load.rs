//! Requests a second over HTTP on this machine: `cargo bench -p session-actix --bench load`, bounded to a few minutes.
//!
//! Each subject is a server of its own, this program once more, with one worker. wrk asks one after the other, for several rounds, as
//! many visitors at once, each with a session of their own. It is told how many requests came through, what processor time
//! the server took for each, and how many commands Redis was sent.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and stops at the first surprise"
)]

mod servers;

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use servers::{Route, Server};

const ROUNDS: usize = 11;
const SECONDS_EACH: u32 = 1;
const CONNECTIONS: u32 = 32;
/// More than connections, so that two requests of one session seldom meet.
const VISITORS: usize = 256;
const REDIS_PORT: u16 = 16_379;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if let [_, mode, server] = arguments.as_slice()
        && mode == "--serve"
    {
        return servers::serve(Server::named(server), REDIS_PORT);
    }
    if !is_there("wrk") {
        println!("requests are sent by wrk, which is not installed: apt-get install wrk");
        return;
    }
    let redis = is_there("redis-server").then(Redis::start);
    if redis.is_none() {
        println!("redis-server is not installed, so its figures are left out");
    }
    let servers: Vec<Started> =
        Server::ALL.into_iter().filter(|server| redis.is_some() || !server.uses_redis()).map(Started::start).collect();
    println!(
        "{:15} {:25} {:>11} {:>7} {:>12} {:>15} {:>7}",
        "case", "server", "requests/s", "of bare", "us CPU each", "Redis commands", "failed"
    );
    for route in Route::ALL {
        print(route, &servers, measure(route, &servers));
    }
}

#[derive(Clone, Default)]
struct Figures {
    per_second: Vec<f64>,
    microseconds: Vec<f64>,
    commands: Vec<f64>,
    failed: u64,
}

fn measure(route: Route, servers: &[Started]) -> Vec<Figures> {
    let mut figures = vec![Figures::default(); servers.len()];
    for round in 0..ROUNDS {
        // Nobody is always the first one.
        for index in (0..servers.len()).map(|index| (index + round) % servers.len()) {
            let (Some(started), Some(figures)) = (servers.get(index), figures.get_mut(index)) else { continue };
            let (processor, commands) = (started.processor_time(), redis_commands(started.server));
            let answer = started.ask(route);
            let processor = started.processor_time().saturating_sub(processor);
            figures.per_second.push(answer.per_second);
            figures.microseconds.push(processor.as_secs_f64() * 1e6 / answer.requests);
            figures.commands.push((redis_commands(started.server) - commands) as f64 / answer.requests);
            figures.failed += answer.failed;
        }
    }
    figures
}

fn print(route: Route, servers: &[Started], figures: Vec<Figures>) {
    let medians: Vec<_> = figures
        .into_iter()
        .map(|figures| {
            (median(figures.per_second), median(figures.microseconds), median(figures.commands), figures.failed)
        })
        .collect();
    let bare = medians.first().map_or(1.0, |(per_second, ..)| *per_second);
    for (started, (per_second, microseconds, commands, failed)) in servers.iter().zip(medians) {
        println!(
            "{:15} {:25} {per_second:11.0} {:7.2} {microseconds:12.2} {commands:15.2} {failed:7}",
            route.name(),
            started.server.name(),
            per_second / bare,
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A server that runs, and the script by which wrk sends its visitors' cookies.
struct Started {
    server: Server,
    child: Child,
    port: u16,
    script: PathBuf,
}

struct Answer {
    requests: f64,
    per_second: f64,
    failed: u64,
}

impl Started {
    fn start(server: Server) -> Self {
        let mut child = Command::new(env::current_exe().expect("this program"))
            .args(["--serve", server.name()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped"))
            .read_line(&mut line)
            .expect("the server prints its port");
        let port = line.trim().parse().expect("a port");
        let cookies: Vec<String> = (0..VISITORS).map(|_| begin(port)).collect();
        let list: Vec<String> = cookies.iter().map(|cookie| format!("{cookie:?}")).collect();
        let script = env::temp_dir().join(format!("session-load-{port}.lua"));
        let text = format!(
            "local cookies = {{{}}}\nlocal requests = {{}}\nlocal turn = 0\n\
             init = function()\n  for i, cookie in ipairs(cookies) do\n    \
             requests[i] = wrk.format(nil, nil, {{[\"Cookie\"] = cookie}})\n  end\nend\n\
             request = function()\n  turn = turn % #requests + 1\n  return requests[turn]\nend\n",
            list.join(",")
        );
        fs::write(&script, text).expect("the script is written");
        Self { server, child, port, script }
    }

    fn ask(&self, route: Route) -> Answer {
        let output = Command::new("wrk")
            .args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
            .args(["--duration", &format!("{SECONDS_EACH}s"), "--script"])
            .arg(&self.script)
            .arg(format!("http://127.0.0.1:{}{}", self.port, route.path()))
            .output()
            .expect("wrk runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let after = |label: &str| text.split_once(label)?.1.split_whitespace().next();
        let requests = text.lines().find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok());
        Answer {
            requests: requests.expect("wrk counts the requests"),
            per_second: after("Requests/sec:").and_then(|rate| rate.parse().ok()).expect("wrk tells the rate"),
            failed: after("Non-2xx or 3xx responses:").and_then(|count| count.parse().ok()).unwrap_or_default(),
        }
    }

    /// What the server took of the processor so far, as Linux tells it in hundredths of a second.
    fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The name, in parentheses, may hold spaces.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.script);
    }
}

/// Begins a session, and gives its cookie. A server without sessions gives none.
fn begin(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    write!(stream, "GET /begin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    // As long as ours, so that what is read is as much.
    let none = || format!("__Host-session={}", "x".repeat(150));
    cookie.and_then(|cookie| cookie.split(';').next()).map_or_else(none, str::to_owned)
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// A Redis of our own.
struct Redis(Child);

impl Redis {
    fn start() -> Self {
        let child = Command::new("redis-server")
            .args(["--port", &REDIS_PORT.to_string(), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"])
            .stdout(Stdio::null())
            .spawn()
            .expect("Redis starts");
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", REDIS_PORT)).is_err() {
            assert!(Instant::now() < deadline, "Redis listens");
            std::thread::yield_now();
        }
        Self(child)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many commands Redis carried out so far.
fn redis_commands(server: Server) -> i64 {
    if !server.uses_redis() {
        return 0;
    }
    let mut stream = TcpStream::connect(("127.0.0.1", REDIS_PORT)).expect("Redis listens");
    stream.write_all(b"INFO stats\r\nQUIT\r\n").expect("Redis reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("Redis answers");
    let count = answer.lines().find_map(|line| line.strip_prefix("total_commands_processed:"));
    count.and_then(|count| count.trim().parse().ok()).expect("Redis counts its commands")
}
