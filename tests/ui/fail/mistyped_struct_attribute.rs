use session_actix::SessionData;

#[derive(SessionData)]
#[session(logn(user))]
struct Visitor {
    user: Option<String>,
}

async fn account(_: session_actix::LoggedIn<Visitor>) {}

fn main() {}
