use session_actix::SessionData;

#[derive(SessionData)]
#[session(crate = "sessions")]
struct Visitor {
    visits: u32,
}

fn main() {}
