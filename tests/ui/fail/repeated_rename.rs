use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(rename = "a", rename = "b")]
    visits: u32,
}

fn main() {}
