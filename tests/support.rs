//! A browser's memory, a client on a socket, a server, and a captured log.

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, HeaderMap, SET_COOKIE};
use actix_web::test::TestRequest;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer};
use session_actix::testing::CookieJar;
use session_actix::{Key, Session, SessionData, SessionMiddleware};

use crate::watch;

/// The library's own jar, with every value that goes through it watched. Its time stands still.
#[derive(Clone, Default)]
pub struct Jar(CookieJar);

impl Jar {
    pub fn take_from<'a>(&mut self, set_cookies: impl Iterator<Item = &'a str>) {
        for set_cookie in set_cookies {
            let (pair, _) = set_cookie.split_once(';').unwrap();
            watch::keep_secret_cookie(pair.split_once('=').unwrap().1);
            self.0.store(set_cookie, "/", 0);
        }
    }

    /// The `Cookie` header with all there are: tests of a cookie's path ask for no other.
    pub fn header(&self) -> String {
        self.0.names().map(|name| format!("{name}={}", self.0.get(name).unwrap())).collect::<Vec<_>>().join("; ")
    }

    pub fn set(&mut self, name: &str, value: &str) {
        watch::keep_secret_cookie(value);
        self.0.set(name, value);
    }

    /// Takes a `name=value` over.
    pub fn set_pair(&mut self, pair: &str) {
        let (name, value) = pair.split_once('=').unwrap();
        self.set(name, value);
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }
}

/// The `Set-Cookie` headers of a response.
pub fn set_cookies(headers: &HeaderMap) -> Vec<String> {
    headers.get_all(SET_COOKIE).map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// Sends a request with the jar's cookies to a test service, and keeps the cookies of the response.
pub async fn send<S, B>(app: &S, jar: &mut Jar, request: TestRequest) -> ServiceResponse<B>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let header = jar.header();
    let request = if header.is_empty() { request } else { request.insert_header((COOKIE, header)) };
    let response = app.call(request.to_request()).await.unwrap();
    jar.take_from(set_cookies(response.headers()).iter().map(String::as_str));
    response
}

/// As [`send`], for a GET of which only the text counts.
pub async fn text<S, B>(app: &S, jar: &mut Jar, path: &str) -> String
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let response = send(app, jar, TestRequest::with_uri(path)).await;
    let body = actix_web::test::read_body(response).await;
    String::from_utf8(body.to_vec()).unwrap()
}

/// A key that is the same in every test.
pub fn key() -> Key {
    key_of(7)
}

/// Another key for each number.
pub fn key_of(byte: u8) -> Key {
    watch::begin();
    let text = format!("{byte:02x}").repeat(32);
    watch::keep_secret(&text);
    Key::from_hex(&text).unwrap()
}

pub fn sessions() -> SessionMiddleware {
    SessionMiddleware::signed(key()).build().unwrap()
}

/// A real server on a port of its own, stopped when dropped.
pub struct Server {
    pub address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    pub fn start(sessions: SessionMiddleware, site: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().wrap(sessions.clone()).configure(site.clone()))
                    .workers(1)
                    .disable_signals()
                    .bind(("127.0.0.1", 0))
                    .unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                sender.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = receiver.recv().unwrap();
        Self { address, handle }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// A client on a socket that keeps cookies and follows no redirects.
pub struct Browser {
    address: SocketAddr,
    pub jar: Jar,
}

pub struct Reply {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Browser {
    pub fn new(server: &Server) -> Self {
        Self::at(server.address)
    }

    pub fn at(address: SocketAddr) -> Self {
        Self { address, jar: Jar::default() }
    }

    /// Goes to another server with its cookies: browsers keep them by host, not by port.
    pub fn go_to(&mut self, address: SocketAddr) {
        self.address = address;
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.request(&format!("GET {path} HTTP/1.1\r\n"), "")
    }

    /// Sends a form, which is percent-encoded already.
    pub fn post(&mut self, path: &str, form: &str) -> Reply {
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            form.len()
        );
        self.request(&head, form)
    }

    /// Sends JSON.
    pub fn post_json(&mut self, path: &str, json: &str) -> Reply {
        let head =
            format!("POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", json.len());
        self.request(&head, json)
    }

    fn request(&mut self, head: &str, body: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let cookie = match self.jar.header() {
            header if header.is_empty() => header,
            header => format!("Cookie: {header}\r\n"),
        };
        write!(stream, "{head}Host: {}\r\nConnection: close\r\n{cookie}\r\n{body}", self.address).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let reply = Reply { status, head: head.into(), body: body.into() };
        self.jar.take_from(reply.all("set-cookie"));
        reply
    }
}

impl Reply {
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }
}

/// What a browser sees of a request whose handler ran `step`.
pub struct Seen<R> {
    pub set_cookies: Vec<String>,
    /// What `step` returned.
    pub result: R,
}

/// Sends one request whose handler runs `step` on its session and answers with `status`.
pub async fn visit_with<T: SessionData, R: 'static>(
    sessions: &SessionMiddleware,
    jar: &mut Jar,
    (request, status): (TestRequest, u16),
    step: impl FnOnce(&mut Session<T>) -> R + 'static,
) -> Seen<R> {
    type Steps<T, R> = Rc<RefCell<(Option<Box<dyn FnOnce(&mut Session<T>) -> R>>, Option<R>)>>;
    let steps: Steps<T, R> = Rc::new(RefCell::new((Some(Box::new(step)), None)));
    let handler = |mut session: Session<T>, request: HttpRequest| async move {
        let steps = request.app_data::<Steps<T, R>>().unwrap();
        let step = steps.borrow_mut().0.take().unwrap();
        let result = step(&mut session);
        steps.borrow_mut().1 = Some(result);
        HttpResponse::build(request.app_data::<StatusCode>().copied().unwrap()).finish()
    };
    let app = App::new()
        .wrap(sessions.clone())
        .app_data(Rc::clone(&steps))
        .app_data(StatusCode::from_u16(status).unwrap())
        .default_service(web::to(handler));
    let app = actix_web::test::init_service(app).await;
    let response = send(&app, jar, request).await;
    assert_eq!(response.status(), status);
    let result = steps.borrow_mut().1.take().unwrap();
    Seen { set_cookies: set_cookies(response.headers()), result }
}

/// As [`visit_with`], for a GET that is answered with 200.
pub async fn visit<T: SessionData, R: 'static>(
    sessions: &SessionMiddleware,
    jar: &mut Jar,
    step: impl FnOnce(&mut Session<T>) -> R + 'static,
) -> Seen<R> {
    visit_with(sessions, jar, (TestRequest::default(), 200), step).await
}

/// The cookies that a request gets whose handler only looks at its session.
pub async fn set_cookies_of(sessions: &SessionMiddleware, request: TestRequest) -> Vec<String> {
    let step = |session: &mut Session| session.len();
    visit_with(sessions, &mut Jar::default(), (request, 200), step).await.set_cookies
}

/// Runs with the log of this thread captured, and returns what was logged.
pub fn logged<R>(run: impl FnOnce() -> R) -> (R, String) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let result = tracing::subscriber::with_default(subscriber, run);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    watch::add_lines(&text);
    (result, text)
}

/// As [`logged`], for tests that wait.
pub fn logged_async<R>(run: impl Future<Output = R>) -> (R, String) {
    logged(|| actix_web::rt::System::new().block_on(run))
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
