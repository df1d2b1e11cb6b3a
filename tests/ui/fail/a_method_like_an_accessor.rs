use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    name: String,
}

impl Visitor {
    fn name(&self) -> &str {
        "mine"
    }
}

fn main() {}
