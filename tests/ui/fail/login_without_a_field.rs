use session_actix::SessionData;

#[derive(SessionData)]
#[session(login)]
struct Visitor {
    user: Option<String>,
}

fn main() {}
