use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(default = )]
    visits: u32,
}

fn main() {}
