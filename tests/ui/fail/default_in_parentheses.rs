use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(default(5))]
    visits: u32,
}

fn main() {}
