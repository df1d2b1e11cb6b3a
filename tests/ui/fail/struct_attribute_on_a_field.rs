use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(login(name))]
    name: Option<String>,
}

fn main() {}
