use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(default = "five")]
    visits: u32,
}

fn main() {}
