use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(skip, privileged)]
    role: String,
}

fn main() {}
