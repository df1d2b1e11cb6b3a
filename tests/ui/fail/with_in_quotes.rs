use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(with = "module")]
    visits: u32,
}

fn main() {}
