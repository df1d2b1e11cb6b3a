use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(counter)]
    visits: Option<u32>,
}

fn main() {}
