use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user, redirect = "https://example.com/login"))]
struct Visitor {
    user: Option<String>,
}

fn main() {}
