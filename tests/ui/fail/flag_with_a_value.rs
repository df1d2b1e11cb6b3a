use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(counter = true)]
    visits: u32,
}

fn main() {}
