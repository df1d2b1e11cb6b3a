use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user))]
enum Visitor {
    Guest,
}

fn main() {}
