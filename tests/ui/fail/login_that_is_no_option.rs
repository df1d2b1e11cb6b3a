use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: String,
}

fn main() {}
