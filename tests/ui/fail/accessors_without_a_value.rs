use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(accessors)]
    visits: u32,
}

fn main() {}
