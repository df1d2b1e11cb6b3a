//! Engines that a test may kill: each a process of its own, on loopback, in a temporary folder that goes with it.

use std::fs::{DirBuilder, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

/// A process that can be killed and started again where it was.
pub struct Engine {
    pub port: u16,
    folder: PathBuf,
    command: Vec<String>,
    child: Child,
}

impl Engine {
    /// A Redis that has on its disk what it answered.
    pub fn redis(options: &[&str]) -> Self {
        let (folder, port) = (folder(), free_port());
        let mut command =
            words(&["redis-server", "--port", &port.to_string(), "--dir", text(&folder), "--bind", "127.0.0.1"]);
        command.extend(words(&["--save", "", "--appendonly", "yes", "--appendfsync", "always"]));
        command.extend(words(options));
        Self::start_in(folder, port, command)
    }

    /// What watches a Redis, and puts its replica in its place.
    pub fn redis_sentinel(primary: u16) -> Self {
        let (folder, port) = (folder(), free_port());
        let settings = format!(
            "port {port}\nbind 127.0.0.1\nsentinel monitor sessions 127.0.0.1 {primary} 1\n\
             sentinel down-after-milliseconds sessions 1000\nsentinel failover-timeout sessions 5000\n"
        );
        let file = folder.join("sentinel.conf");
        std::fs::write(&file, settings).unwrap();
        Self::start_in(folder, port, words(&["redis-server", text(&file), "--sentinel"]))
    }

    /// Three primaries, and a replica for each.
    pub fn redis_cluster() -> Vec<Self> {
        let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
        let nodes: Vec<_> = (0..6).map(|_| Self::redis(&options)).collect();
        let addresses: Vec<_> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        run(Command::new("redis-cli").args(["--cluster", "create"]).args(&addresses).args([
            "--cluster-replicas",
            "1",
            "--cluster-yes",
        ]));
        until("the cluster is whole", || {
            nodes.iter().all(|node| node.ask(&["cluster", "info"]).contains("cluster_state:ok"))
        });
        until("replicas follow", || {
            let follows = |node: &&Self| node.ask(&["info", "replication"]).contains("master_link_status:up");
            nodes.iter().filter(follows).count() == 3
        });
        nodes
    }

    pub fn postgres() -> Self {
        let (folder, port) = (folder(), free_port());
        let data = folder.join("data");
        let programs = std::fs::read_dir("/usr/lib/postgresql").expect("./test.sh installs PostgreSQL");
        let programs = programs.map(|version| version.unwrap().path().join("bin")).max().unwrap();
        let made_by = as_user("postgres", &folder);
        run(Command::new(&made_by[0])
            .args(&made_by[1..])
            .arg(programs.join("initdb"))
            .args(["--auth=trust", "--no-sync", "-D"])
            .arg(&data));
        let mut command = made_by;
        command.extend(words(&[text(&programs.join("postgres")), "-D", text(&data), "-p", &port.to_string()]));
        command.extend(words(&["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]));
        command.extend(words(&["-c", "shared_preload_libraries=pg_stat_statements"]));
        Self::start_in(folder, port, command)
    }

    pub fn mysql() -> Self {
        let (folder, port) = (folder(), free_port());
        let data = format!("--datadir={}", text(&folder.join("data")));
        let made_by = as_user("mysql", &folder);
        run(Command::new(&made_by[0]).args(&made_by[1..]).args([
            "mariadb-install-db",
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            &data,
        ]));
        let mut command = made_by;
        command.extend(words(&[
            "mariadbd",
            "--no-defaults",
            &data,
            "--port",
            &port.to_string(),
            "--bind-address=127.0.0.1",
        ]));
        command.extend(words(&["--socket", text(&folder.join("socket")), "--pid-file", text(&folder.join("pid"))]));
        Self::start_in(folder, port, command)
    }

    pub fn url(&self, kind: &str) -> String {
        let user = match kind {
            "postgres" => "postgres@",
            "mysql" => "root@",
            _ => "",
        };
        format!("{kind}://{user}127.0.0.1:{}", self.port)
    }

    /// What Redis says to a command.
    pub fn ask(&self, command: &[&str]) -> String {
        let said = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(command).output().unwrap();
        String::from_utf8(said.stdout).unwrap()
    }

    /// At once, as a loss of power would end it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it where it is not running: also one that would not start yet.
    pub fn keep_up(&mut self) {
        if self.child.try_wait().unwrap().is_some() {
            self.child = spawn(&self.command, &self.folder);
        }
    }

    pub fn answers(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    /// What it and its processes have used of the CPU.
    pub fn cpu_seconds(&self) -> f64 {
        let main = self.child.id();
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let stat = std::fs::read_to_string(entry.unwrap().path().join("stat")).ok()?;
            let (before, after) = stat.rsplit_once(") ")?;
            let (id, fields): (u32, Vec<_>) = (before.split(' ').next()?.parse().ok()?, after.split(' ').collect());
            let is_ours = id == main || fields[1].parse() == Ok(main);
            // In hundredths of a second, by user and system.
            is_ours.then(|| fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum::<f64>())
        });
        processes.sum()
    }

    /// It stays there and does not answer, until [`resume`](Self::resume).
    pub fn hang(&self) {
        assert!(self.signal("STOP"));
    }

    pub fn resume(&self) {
        assert!(self.signal("CONT"));
    }

    /// By the shell's own `kill`: not every machine has a program of that name.
    fn signal(&self, name: &str) -> bool {
        let kill = format!("kill -s {name} {}", self.child.id());
        Command::new("sh").args(["-c", &kill]).status().is_ok_and(|status| status.success())
    }

    fn start_in(folder: PathBuf, port: u16, command: Vec<String>) -> Self {
        let child = spawn(&command, &folder);
        let mut engine = Self { port, folder, command, child };
        until("the engine answers", || {
            engine.keep_up();
            engine.answers()
        });
        engine
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            // To be killed would leave PostgreSQL's other processes. It ends by the one signal at once, and the others by the other.
            for signal in ["INT", "TERM", "CONT"] {
                self.signal(signal);
            }
            let _ = self.child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn spawn(command: &[String], folder: &Path) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut process = Command::new(&command[0]);
    process.args(&command[1..]).stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null());
    process.spawn().unwrap_or_else(|error| panic!("{}: {error}; ./test.sh installs it", command[0]))
}

/// PostgreSQL refuses to run as root, and has a user that its package made.
fn as_user(user: &str, folder: &Path) -> Vec<String> {
    let root = String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim() == "0";
    if !root {
        return words(&["env"]);
    }
    run(Command::new("chown").arg(user).arg(folder));
    words(&["setpriv", "--reuid", user, "--regid", user, "--init-groups"])
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// Waits for something that another process does.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("not in time: {what}");
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("session-test-{}-{}", std::process::id(), next()));
    DirBuilder::new().mode(0o755).create(&folder).unwrap();
    folder
}

/// Below the ports that connections go out from, since it must be free again after a restart; and with the bus of a cluster's node,
/// which has the port and 10000.
fn free_port() -> u16 {
    let first = u16::try_from(std::process::id() % 2000).unwrap();
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let mut ports = std::iter::repeat_with(|| 18_000 + (first + next() * 7) % 2000);
    ports.find(|port| is_free(*port) && is_free(port + 10_000)).unwrap()
}

fn next() -> u16 {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
