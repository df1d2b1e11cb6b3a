use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user, redirekt = "/login"))]
struct Visitor {
    user: Option<String>,
}

fn main() {}
