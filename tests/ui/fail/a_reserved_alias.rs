use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(alias = "_lifetime")]
    duration: u64,
}

fn main() {}
