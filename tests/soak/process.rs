//! The application as another process: started, killed, and looked at.

use std::process::{Child, Command};

/// Kills it when it is dropped.
pub struct Process {
    child: Child,
    backend: String,
    port: u16,
}

impl Process {
    pub async fn start(backend: &str, port: u16) -> Self {
        let process = Self { child: spawn(backend, port), backend: backend.into(), port };
        process.answers().await;
        process
    }

    /// As the kernel does where memory runs out: nothing is said, and nothing is finished.
    pub async fn kill_and_start(&mut self) {
        self.child.kill().expect("the application runs");
        self.child.wait().expect("it is ours");
        self.child = spawn(&self.backend, self.port);
        self.answers().await;
    }

    async fn answers(&self) {
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// Resident memory in KiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(backend: &str, port: u16) -> Child {
    let program = std::env::current_exe().expect("this program");
    Command::new(program).args(["app", backend, &port.to_string()]).spawn().expect("the application starts")
}
