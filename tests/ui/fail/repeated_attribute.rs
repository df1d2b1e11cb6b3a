use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(counter, counter)]
    visits: u32,
}

fn main() {}
