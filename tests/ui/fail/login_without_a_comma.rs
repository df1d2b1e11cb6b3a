use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user redirect = "/login"))]
struct Visitor {
    user: Option<String>,
}

fn main() {}
