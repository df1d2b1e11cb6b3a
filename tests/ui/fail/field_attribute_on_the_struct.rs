use session_actix::SessionData;

#[derive(SessionData)]
#[session(counter)]
struct Visitor {
    visits: u32,
}

fn main() {}
