use session_actix::SessionData;

#[derive(SessionData)]
#[session(login("user"))]
struct Visitor {
    user: Option<String>,
}

fn main() {}
