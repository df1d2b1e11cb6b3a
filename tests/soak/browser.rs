//! A browser: its cookie, its connection, and what it knows.

use session_actix::testing::CookieJar;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::model::{Act, Model, State};

pub struct Browser {
    pub model: Model,
    jar: CookieJar,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Trouble {
    /// The connection broke.
    Broken,
    /// The application said that something failed.
    Status(u16),
}

impl Browser {
    pub fn new(stored: bool) -> Self {
        Self { model: Model::new(stored), jar: CookieJar::default() }
    }

    /// Asks for a page and keeps its cookie.
    pub async fn send(&mut self, line: &mut Line, act: Act) -> Result<State, Trouble> {
        let answer = line.send(&self.request(act)).await;
        self.take(answer)
    }

    /// Two tabs at once.
    pub async fn send_twice(&mut self, lines: (&mut Line, &mut Line), act: Act) -> [Result<State, Trouble>; 2] {
        let request = self.request(act);
        let (one, other) = futures_util::join!(lines.0.send(&request), lines.1.send(&request));
        [self.take(one), self.take(other)]
    }

    pub fn has_cookie(&self) -> bool {
        self.jar.names().next().is_some()
    }

    fn request(&self, act: Act) -> String {
        let cookie = self.jar.header("/").map(|cookies| format!("Cookie: {cookies}\r\n")).unwrap_or_default();
        format!("GET {} HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n", act.path())
    }

    fn take(&mut self, answer: Option<Answer>) -> Result<State, Trouble> {
        let answer = answer.ok_or(Trouble::Broken)?;
        for cookie in answer.set_cookies {
            self.jar.store(&cookie, "/", 0);
        }
        if answer.status != 200 {
            return Err(Trouble::Status(answer.status));
        }
        Ok(serde_json::from_slice(&answer.body).expect("the application answers in JSON"))
    }
}

struct Answer {
    status: u16,
    set_cookies: Vec<String>,
    body: Vec<u8>,
}

/// A connection that is kept, and made anew when it broke.
pub struct Line {
    port: u16,
    stream: Option<TcpStream>,
}

impl Line {
    pub fn new(port: u16) -> Self {
        Self { port, stream: None }
    }

    async fn send(&mut self, request: &str) -> Option<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(("127.0.0.1", self.port)).await.ok()?,
        };
        stream.write_all(request.as_bytes()).await.ok()?;
        let answer = read(&mut stream).await?;
        self.stream = Some(stream);
        Some(answer)
    }
}

async fn read(stream: &mut TcpStream) -> Option<Answer> {
    let mut bytes = Vec::with_capacity(2048);
    let head = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break String::from_utf8(bytes.drain(..end + 4).collect()).ok()?;
        }
    };
    let header = |wanted: &str| {
        let wanted = wanted.to_owned();
        head.lines().filter_map(move |line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case(&wanted).then_some(value)
        })
    };
    let length: usize = header("content-length").next().and_then(|length| length.parse().ok()).unwrap_or_default();
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, set_cookies: header("set-cookie").map(str::to_owned).collect(), body: bytes })
}
