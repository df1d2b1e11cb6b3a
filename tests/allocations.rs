//! A route that takes no session costs next to nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;

use actix_web::dev::{ServerHandle, Service};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, HttpServer, web};
use session_actix::{Key, SessionData, SessionMiddleware};

struct Counting;

thread_local! {
    static COUNTED: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

fn count(bytes: usize) {
    COUNTED.with(|counted| {
        let (allocations, total) = counted.get();
        counted.set((allocations + 1, total + bytes));
    });
}

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(SessionData)]
struct Visitor {
    name: String,
}

/// Allocations and bytes of one request, once the service is warm.
async fn cost<S: Service<actix_http::Request>>(app: &S, cookie: &str) -> (usize, usize)
where
    S::Error: std::fmt::Debug,
{
    let mut last = (0, 0);
    for _ in 0..5 {
        let request = TestRequest::default().insert_header(("cookie", cookie)).to_request();
        let before = COUNTED.with(Cell::get);
        let response = app.call(request).await.unwrap();
        let after = COUNTED.with(Cell::get);
        drop(response);
        last = (after.0 - before.0, after.1 - before.1);
    }
    last
}

#[actix_web::test]
async fn a_route_without_a_session_makes_at_most_one_small_allocation_more() {
    let sessions = SessionMiddleware::signed(Key::generate()).build().unwrap();
    let cookie = sessions.cookie_for(&Visitor { name: "Ada".into() }).await.unwrap();
    let bare = init_service(App::new().route("/", web::get().to(HttpResponse::Ok))).await;
    let ours = init_service(App::new().wrap(sessions).route("/", web::get().to(HttpResponse::Ok))).await;
    let (bare, ours) = (cost(&bare, &cookie).await, cost(&ours, &cookie).await);
    println!("bare {bare:?}, with the middleware {ours:?} (allocations, bytes)");
    assert!(ours.0 <= bare.0 + 1, "allocations: {} and {}", bare.0, ours.0);
}

/// Starts a real server with one worker, whose every answer is that worker's count of allocations so far.
macro_rules! serve_counts {
    ($app:expr) => {{
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let counted = || async { COUNTED.with(Cell::get).0.to_string() };
                let server = HttpServer::new(move || $app.route("/", web::get().to(counted)));
                let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                sender.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        receiver.recv().unwrap()
    }};
}

/// Allocations of one request, by two answers' difference.
fn served_cost((address, server): (SocketAddr, ServerHandle), cookie: &str) -> usize {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut counts = Vec::new();
    for _ in 0..8 {
        write!(stream, "GET / HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n").unwrap();
        let mut reply = [0; 1024];
        let length = stream.read(&mut reply).unwrap();
        let reply = std::str::from_utf8(&reply[..length]).unwrap();
        let (_, body) = reply.split_once("\r\n\r\n").unwrap();
        counts.push(body.parse::<usize>().unwrap());
    }
    drop(server.stop(false));
    // The first ones warm the server up.
    counts.windows(2).skip(3).map(|pair| pair[1] - pair[0]).min().unwrap()
}

#[test]
fn on_a_real_server_too_a_route_without_a_session_makes_at_most_one_allocation_more() {
    let sessions = SessionMiddleware::signed(Key::generate()).build().unwrap();
    let visitor = Visitor { name: "Ada".into() };
    let cookie = actix_web::rt::System::new().block_on(sessions.cookie_for(&visitor)).unwrap();
    let bare = served_cost(serve_counts!(App::new()), &cookie);
    let ours = served_cost(serve_counts!(App::new().wrap(sessions.clone())), &cookie);
    println!("bare {bare}, with the middleware {ours} (allocations)");
    assert!(ours <= bare + 1, "allocations: {bare} and {ours}");
}
