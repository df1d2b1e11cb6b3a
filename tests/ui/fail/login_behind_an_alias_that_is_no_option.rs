use session_actix::SessionData;

type User = u64;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: User,
}

fn main() {}
